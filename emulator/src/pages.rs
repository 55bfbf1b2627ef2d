//! The static files of the phone's and the shop's pages, compiled into the program.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_server::web::COLOURS;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
/// The style sheet that the phone shares with the bank's pages.
const COLOURS_PATH: &str = "/colours.css";

/// URL path, content type, content.
type File = (&'static str, &'static str, &'static str);

macro_rules! files {
    ($($path:literal: $kind:ident $name:literal,)*) => {
        &[$(($path, $kind, include_str!(concat!("pages/", $name)))),*]
    };
}

/// One page shows home, enrolment and requests. Its script reads the address.
const PHONE: &[File] = files! {
    "/": HTML "phone.html",
    "/enrol": HTML "phone.html",
    "/r/{id}": HTML "phone.html",
    "/phone.css": CSS "phone.css",
    "/review.css": CSS "review.css",
    "/phone.svg": SVG "phone.svg",
    "/api.js": SCRIPT "api.js",
    "/binding.js": SCRIPT "binding.js",
    "/dom.js": SCRIPT "dom.js",
    "/drawer.js": SCRIPT "drawer.js",
    "/enrol.js": SCRIPT "enrol.js",
    "/home.js": SCRIPT "home.js",
    "/outcome.js": SCRIPT "outcome.js",
    "/phone.js": SCRIPT "phone.js",
    "/request.js": SCRIPT "request.js",
    "/seen.js": SCRIPT "seen.js",
    "/sheet.js": SCRIPT "sheet.js",
    "/strings.js": SCRIPT "strings.js",
};

const SHOP: &[File] = files! {
    "/": HTML "shop.html",
    "/shop.css": CSS "shop.css",
    "/shop.js": SCRIPT "shop.js",
    "/shop.svg": SVG "shop.svg",
};

/// Returns the router of the phone's pages.
pub(crate) fn phone() -> Router {
    router(PHONE).route(COLOURS_PATH, get(|| async { file(CSS, COLOURS) }))
}

/// Returns the router of the shop's page.
pub(crate) fn shop() -> Router {
    router(SHOP)
}

fn router(files: &'static [File]) -> Router {
    files.iter().fold(Router::new(), |router, &(path, kind, content)| {
        router.route(path, get(move || async move { file(kind, content) }))
    })
}

fn file(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `/name.ext` in a page or script must be served.
    #[test]
    fn files_named_in_pages_are_served() {
        for files in [PHONE, SHOP] {
            for (_, _, content) in files {
                for named in content.split('"').filter(|text| {
                    text.starts_with('/') && [".js", ".css", ".svg"].iter().any(|end| text.ends_with(end))
                }) {
                    let served = files.iter().any(|(path, ..)| *path == named) || named == COLOURS_PATH;
                    assert!(served, "{named}");
                }
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                continue;
            }
            let content = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
            assert!(PHONE.iter().chain(SHOP).any(|(_, _, served)| **served == *content), "{name}");
        }
    }
}
