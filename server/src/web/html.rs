//! HTML: escaping in one place, and the frame around every page.

use std::fmt::{self, Display, Formatter, Write};

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// Shows a text as text, whatever is in it: in elements and in quoted attributes.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A text that a device or a client wrote: hidden characters made visible, direction kept to itself.
pub(super) fn untrusted(text: &str) -> String {
    let shown = countersign_protocol::text::message(text);
    format!("<bdi>{}</bdi>", Escaped(shown.shown()))
}

/// A page: its frame is the same everywhere.
pub(super) struct Page<'a> {
    /// What the browser's tab says.
    pub(super) title: &'a str,
    /// The issuer's name in the header.
    pub(super) brand: &'a str,
    /// Name and CSRF token of who is signed in.
    pub(super) signed_in: Option<(&'a str, &'a str)>,
    /// Ready HTML of the main part.
    pub(super) main: String,
    /// A script of ours that the page needs.
    pub(super) script: Option<&'static str>,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let mut person = String::new();
        if let Some((name, csrf)) = self.signed_in {
            // Writing to a String cannot fail.
            write!(
                person,
                r#"<form class="person" method="post" action="/sign-out">{csrf}<span>{name}</span>
<button class="plain" id="sign-out">Sign out</button></form>"#,
                csrf = csrf_field(csrf),
                name = Escaped(name),
            )
            .ok();
        }
        let script = self.script.map_or_else(String::new, |path| format!(r#"<script src="{path}" defer></script>"#));
        let html = format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {brand}</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
{script}
</head>
<body>
<header class="bar"><div class="wide">
<a class="brand" href="/phones"><img src="/assets/mark.svg" alt="" width="32" height="32">{brand}</a>
{person}
</div></header>
<main class="wide">
{main}
</main>
<footer class="wide">We never ask for your password or a code by phone, e-mail or message.</footer>
</body>
</html>
"#,
            title = Escaped(self.title),
            brand = Escaped(self.brand),
            main = self.main,
        );
        Html(html).into_response()
    }
}

/// The hidden field that proves a form is ours.
pub(super) fn csrf_field(token: &str) -> String {
    format!(r#"<input type="hidden" name="csrf" value="{}">"#, Escaped(token))
}

/// A page that says one thing, for errors.
pub(super) fn notice(title: &str, text: &str) -> Response {
    let main = format!(
        r#"<section class="card narrow"><h1>{}</h1><p>{}</p><p><a class="button" href="/phones">To your phones</a></p></section>"#,
        Escaped(title),
        Escaped(text)
    );
    Page { title, brand: "Countersign", signed_in: None, main, script: None }.into_response()
}

/// A file of ours, which may be kept for an hour.
pub(super) fn asset(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")], content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        let hostile = r#""><script>alert('x')</script>&amp;"#;
        let shown = Escaped(hostile).to_string();
        assert_eq!(shown, "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;");
        assert_eq!(untrusted("a\u{202e}<b>"), "<bdi>a⟨U+202E⟩&lt;b&gt;</bdi>");
    }
}
