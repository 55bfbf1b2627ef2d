//! The hosts of issuers: ASCII names and addresses.

use countersign_core::message::claims::Issuer;

fn issuer(text: &str) -> bool {
    Issuer::try_from(text.to_owned()).is_ok()
}

#[test]
fn issuer_host_in_ascii_is_accepted() {
    assert!(issuer("https://bank.example"));
    assert!(issuer("https://xn--mnchen-3ya.example"), "ASCII form of an internationalised name");
    assert!(issuer("https://192.0.2.1"));
    assert!(issuer("https://[2001:db8::1]"));
}

#[test]
fn issuer_host_outside_ascii_is_rejected() {
    assert!(!issuer("https://münchen.example"));
    assert!(!issuer("https://bаnk.example"), "Cyrillic letter");
    assert!(!issuer("https://ｂank.example"), "full-width letter, which IDNA maps to ASCII");
    assert!(!issuer("https://bank。example"), "ideographic full stop, which IDNA maps to a dot");
    assert!(!issuer("https://%E2%91%A0.example"));
}
