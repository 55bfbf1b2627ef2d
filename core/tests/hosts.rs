//! Which hosts an issuer may have: names in ASCII and addresses.

use countersign_core::message::claims::Issuer;

fn issuer(text: &str) -> bool {
    Issuer::try_from(text.to_owned()).is_ok()
}

#[test]
fn a_host_is_written_in_ascii() {
    assert!(issuer("https://bank.example"));
    assert!(issuer("https://xn--mnchen-3ya.example"), "the ASCII form of a name beyond ASCII");
    assert!(issuer("https://192.0.2.1"));
    assert!(issuer("https://[2001:db8::1]"));
}

#[test]
fn a_host_beyond_ascii_is_refused_and_never_mapped() {
    assert!(!issuer("https://münchen.example"));
    assert!(!issuer("https://bаnk.example"), "a Cyrillic letter");
    assert!(!issuer("https://ｂank.example"), "a full-width letter, which IDNA maps to ASCII");
    assert!(!issuer("https://bank。example"), "an ideographic full stop, which IDNA maps to a dot");
    assert!(!issuer("https://%E2%91%A0.example"));
}
