//! Tests of rules that all messages share, and of rules that need several messages.

use super::enrolment::{CallPolicy, Enrol, EnrolmentPolicy};
use super::inbox::Inbox;
use super::request::{Binding, BindingMode, Charset, Request, without_separators};
use super::update::Update;
use super::{Message, signed};
use crate::jose::{JoseError, SigningKey, json};

/// Returns whether a message of this type can have so many bytes. The size is checked before the
/// form.
fn accepts_size<M: Message>(bytes: usize) -> bool {
    signed::Unverified::parse(&"a".repeat(bytes), M::TYP, M::MAX_BYTES).err() == Some(JoseError::Parts)
}

#[test]
fn message_size_limit_follows_protocol() {
    fn check_limit<M: Message>(kib: usize) {
        assert!(accepts_size::<M>(kib * 1024), "{}", M::TYP);
        assert!(!accepts_size::<M>(kib * 1024 + 1), "{}", M::TYP);
    }
    check_limit::<Request>(8);
    check_limit::<Enrol>(64);
    check_limit::<Update>(64);
    check_limit::<Inbox>(256);
}

#[test]
fn software_and_stored_keys_sign_the_same_message() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Note {
        text: String,
    }
    impl Message for Note {
        const TYP: &'static str = "note+jwt";
    }
    let note = || Note { text: "x".into() };
    let key = SigningKey::from_scalar(&[7; 32]).unwrap();
    let input = note().signing_input(key.public().thumbprint()).unwrap();
    let signature = key.sign(input.as_bytes()).unwrap();
    let by_store = input.finish(&signature);
    for compact in [note().sign(&key).unwrap(), by_store] {
        let opened = super::open::<Note>(&compact, |_| Some(key.public())).unwrap();
        assert_eq!((opened.message, opened.kid), (note(), key.public().thumbprint()));
        assert_eq!(super::open::<Note>(&compact, |_| None).err(), Some(JoseError::Kid));
    }
}

#[test]
fn default_call_policy_is_not_serialised() {
    let policy = |calls| EnrolmentPolicy { binding_floor: BindingMode::Entry, min_shown_ms: 500, calls };
    let default = r#"{"binding_floor":"entry","min_shown_ms":500}"#;
    let blocking = r#"{"binding_floor":"entry","min_shown_ms":500,"calls":"block"}"#;
    for (policy, text) in [(policy(CallPolicy::Allow), default), (policy(CallPolicy::Block), blocking)] {
        assert_eq!(serde_json::to_string(&policy).unwrap(), text);
        assert_eq!(json::from_str::<EnrolmentPolicy>(text).unwrap(), policy);
    }
}

#[test]
fn binding_bounds_options_and_length() {
    let options = |count: usize| format!(r#"{{"mode":"choice","options":[{}]}}"#, vec![r#""1""#; count].join(","));
    let entry = |length: u8| format!(r#"{{"mode":"entry","length":{length},"charset":"digits"}}"#);
    let reads = |text: String| json::from_str::<Binding>(&text).is_ok();
    assert_eq!([1, 2, 5, 6].map(|count| reads(options(count))), [false, true, true, false]);
    assert_eq!([3, 4, 12, 13].map(|length| reads(entry(length))), [false, true, true, false]);
}

#[test]
fn charset_and_separators_of_typed_value() {
    let contained = |charset: Charset| ['0', '9', 'a', 'Z', ' ', '-', 'é', '٣'].map(|c| charset.contains(c));
    assert_eq!(contained(Charset::Digits), [true, true, false, false, false, false, false, false]);
    assert_eq!(contained(Charset::Alphanumeric), [true, true, true, true, false, false, false, false]);
    assert_eq!(without_separators(" 12 3-4\u{A0}56 "), "123456");
}
