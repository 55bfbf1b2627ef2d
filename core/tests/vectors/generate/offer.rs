//! Offer links.

use serde_json::{Value, json};

use super::claims::thumbprint;
use super::sign::with_unused_bit;
use super::{Draft, Set, swap};

const CODE: &str = "AAECAwQFBgcICQoLDA0ODw";

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("offer", Value::Null);
    let pin = thumbprint("server").to_string();
    let next = thumbprint("next").to_string();
    let link =
        format!("https://app.bank.example/enrol#v=1&i=https%3A%2F%2Fbank.example&e=offer-1&c={CODE}&p={pin},{next}");
    set.means("offer", "two pins", link.clone(), json!({ "issuer": "https://bank.example", "pins": [pin, next] }));
    set.good("offer-one-pin", "one pin", link.strip_suffix(&format!(",{next}")).unwrap());
    set.good("offer-three-pins", "three pins", format!("{link},{}", thumbprint("recovery")));
    set.good(
        "offer-loopback",
        "a link on this machine, for development",
        swap(&link, "https://app.bank.example", "http://127.0.0.1:8460"),
    );
    let fragment = link.split_once('#').unwrap().1;
    let reordered: Vec<&str> = fragment.rsplit('&').collect();
    set.good(
        "offer-reordered",
        "members in another order",
        format!("https://app.bank.example/enrol#{}", reordered.join("&")),
    );
    let of =
        |length: usize| link.replace("/enrol#", &format!("/{}#", "e".repeat(length - (link.len() - "enrol".len()))));
    set.good("offer-400-characters", "as long as a link may be", of(400));
    set.bad("offer-401-characters", "one character longer than a link may be", of(401), "too_long");
    for (name, about, text, code) in [
        ("custom-scheme", "a scheme that any app can claim", swap(&link, "https://", "bankapp://"), "not_a_link"),
        ("http", "no TLS", swap(&link, "https://", "http://"), "not_a_link"),
        ("intent", "a scheme of Android", swap(&link, "https://", "intent://"), "not_a_link"),
        ("javascript", "a script", swap(&link, "https://", "javascript:"), "not_a_link"),
        ("text", "no link", "12345678".into(), "not_a_link"),
        ("empty", "nothing", String::new(), "not_a_link"),
        ("control", "a control before the link", format!("\u{f}{link}"), "not_a_link"),
        ("line-break", "a line break in the host", swap(&link, "app.bank", "app.\nbank"), "not_a_link"),
        ("escaped-host", "the host with an escape", swap(&link, "app.bank", "app.b%61nk"), "not_a_link"),
        ("no-fragment", "no fragment", link.split_once('#').unwrap().0.into(), "incomplete"),
        ("in-query", "the members in the query, which servers see", swap(&link, "#", "?"), "incomplete"),
        ("no-pins", "no pins", link.split_once("&p=").unwrap().0.into(), "incomplete"),
        ("no-code", "no code", swap(&link, &format!("&c={CODE}"), ""), "incomplete"),
        ("empty-pins", "an empty pin", swap(&link, &format!("&p={pin},{next}"), "&p="), "malformed"),
        ("four-pins", "a pin too many", format!("{link},{pin},{next}"), "malformed"),
        ("version-2", "of another version", swap(&link, "v=1", "v=2"), "version"),
        ("version-01", "the version with a leading zero", swap(&link, "v=1", "v=01"), "version"),
        ("member-unknown", "a member that nobody knows", swap(&link, "&e=", "&x=1&e="), "unknown"),
        ("member-twice", "two issuers", swap(&link, "&e=", "&i=https%3A%2F%2Fevil.example&e="), "unknown"),
        ("member-case", "a member in capitals", swap(&link, "&e=", "&E="), "unknown"),
        ("issuer-http", "an issuer without TLS", swap(&link, "https%3A%2F%2Fbank", "http%3A%2F%2Fbank"), "malformed"),
        (
            "issuer-user",
            "an issuer with a user name",
            swap(&link, "%2F%2Fbank.example", "%2F%2Fbank.example%40evil.example"),
            "malformed",
        ),
        ("issuer-control", "an issuer after a control", swap(&link, "i=https", "i=%0Fhttps"), "malformed"),
        ("offer-empty", "an empty offer id", swap(&link, "e=offer-1", "e="), "malformed"),
        ("code-15-bytes", "a code of 120 bits", swap(&link, CODE, "AAECAwQFBgcICQoLDA0O"), "malformed"),
        ("code-unused-bit", "a code with an unused bit", swap(&link, CODE, &with_unused_bit(CODE)), "malformed"),
        ("pin-cut", "a link that was cut", link[..link.len() - 1].into(), "malformed"),
        ("pin-unused-bit", "a pin with an unused bit", with_unused_bit(&link), "malformed"),
        ("trailing-comma", "a comma after the last pin", format!("{link},"), "malformed"),
        ("trailing-text", "text after the link", format!("{link} x"), "malformed"),
    ] {
        set.bad(&format!("offer-{name}"), about, text, code);
    }
    set.drafts
}
