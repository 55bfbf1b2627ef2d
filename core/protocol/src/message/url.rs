//! The form of URLs in messages: one spelling for each address (RFC 3986 section 6.2).

use url::{Host, Url};

/// Parses a URL without query and fragment that is written in the only spelling of its address.
///
/// The text is what the parser writes (RFC 3986 §6.2.2 and §6.2.3): host in lower case or as a
/// canonical IP address, no user name, no default port, no dot segments. A host name consists of
/// letters, digits and hyphens, and has no dot at its end. The path has no percent-encoding. The
/// slash of an empty path may be omitted.
pub fn canonical_url(text: &str) -> Option<Url> {
    let url = plain_url(text)?;
    let written = url.as_str();
    let same = written == text || url.path() == "/" && written.strip_suffix('/') == Some(text);
    let plain = url.username().is_empty() && url.password().is_none();
    (same && plain && has_plain_host(&url) && has_plain_path(&url)).then_some(url)
}

fn has_plain_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.len() <= 253 && name.split('.').all(is_label),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// Returns whether the text is a label of a host name (RFC 1123 §2.1), in lower case.
fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// Returns whether the URL has a path of unescaped characters (RFC 3986 §3.3) and nothing after it.
fn has_plain_path(url: &Url) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte);
    url.path().bytes().all(allowed) && url.query().is_none() && url.fragment().is_none()
}

/// Parses a URL that has exactly one reading.
///
/// The text consists of visible ASCII characters without a backslash. Its scheme is lower-case and
/// followed by `://`, and its host is not percent-encoded. The parser alone would skip control
/// characters, spaces and missing slashes, so that two different texts would be the same address.
pub fn plain_url(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let plain = scheme.bytes().all(|byte| byte.is_ascii_lowercase()) && !host.is_empty() && !host.contains('%');
    if visible && plain { Url::parse(text).ok() } else { None }
}

/// Returns whether the URL uses `https`, or `http` on a loopback address.
pub(crate) fn is_safe_origin(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_of_a_host_name_has_at_most_63_characters() {
        assert!(!is_label(&"a".repeat(64)));
        assert!(is_label(&"a".repeat(63)));
    }

    #[test]
    fn address_has_one_spelling() {
        for good in
            ["https://bank.example", "https://bank.example/", "https://bank.example/adp/v1", "http://[::1]:8470"]
        {
            assert!(canonical_url(good).is_some(), "{good}");
        }
        for bad in [
            "https://user@bank.example",
            "https://:password@bank.example",
            "https://user:password@bank.example",
            "https://Bank.example",
            "https://bank.example:443",
            "https://bank.example/a/../b",
            "https://bank.example/%61",
            "https://bank.example?a",
            "https://bank.example#a",
            "https://bank.example.",
        ] {
            assert!(canonical_url(bad).is_none(), "{bad}");
        }
    }
}
