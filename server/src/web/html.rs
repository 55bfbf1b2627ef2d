//! The frame that all pages share, and responses with HTML.
//!
//! The pages are askama templates in `server/templates`. askama escapes every value; only the QR
//! code that the server draws itself is inserted as markup.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use countersign_protocol::text;

use super::WebError;

/// The frame of a page.
pub(super) struct Frame<'a> {
    /// The title in the browser's tab.
    pub(super) title: &'a str,
    /// The issuer's name in the header.
    pub(super) brand: &'a str,
    /// The user, if one is signed in.
    pub(super) user: Option<User<'a>>,
    /// The path of the page's script.
    pub(super) script: Option<&'static str>,
}

/// A user who is signed in.
pub(super) struct User<'a> {
    pub(super) name: &'a str,
    /// The token that every form sends back.
    pub(super) csrf: &'a str,
}

/// A page with a title and one sentence.
#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    frame: Frame<'a>,
    text: &'a str,
}

/// Renders a page.
///
/// # Errors
/// [`WebError::Failed`] if the template cannot be rendered.
pub(super) fn page(template: &impl Template) -> Result<Response, WebError> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be rendered");
        WebError::Failed
    })?;
    Ok(Html(html).into_response())
}

/// Returns a page with a title and one sentence.
pub(super) fn notice(title: &str, text: &str) -> Response {
    let frame = Frame { title, brand: "Countersign", user: None, script: None };
    let html = Notice { frame, text }.render();
    html.map_or_else(|_| title.to_owned().into_response(), |html| Html(html).into_response())
}

/// Returns text from a phone for display: hidden characters are made visible.
///
/// The template puts it into a `bdi` element, which isolates its direction.
pub(super) fn untrusted(text: &str) -> String {
    text::message(text).shown().to_owned()
}

/// Returns one of the server's own files. Browsers may cache it for an hour.
pub(super) fn asset(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")], content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_in_text_and_attributes() {
        let hostile = r#""><script>alert('x')</script>&amp;"#;
        let frame = Frame { title: hostile, brand: hostile, user: None, script: None };
        let html = Notice { frame, text: hostile }.render().unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;amp;"), "{html}");
        assert_eq!(untrusted("a\u{202e}b"), "a⟨U+202E⟩b");
    }
}
