//! What the kinds of messages have in common, and what is left out of them.

use super::enrolment::{CallPolicy, Enrol, EnrolmentPolicy};
use super::inbox::Inbox;
use super::request::{Binding, BindingMode, Charset, Request, without_separators};
use super::update::Update;
use super::{Message, signed};
use crate::jose::{JoseError, SigningKey, json};

/// Whether a message of its kind may have this many bytes: the form is refused after the size.
fn may_have<M: Message>(bytes: usize) -> bool {
    signed::Unverified::parse(&"a".repeat(bytes), M::TYP, M::MAX_BYTES).err() == Some(JoseError::Parts)
}

#[test]
fn each_kind_has_the_most_bytes_that_the_protocol_says() {
    fn holds<M: Message>(kib: usize) {
        assert!(may_have::<M>(kib * 1024), "{}", M::TYP);
        assert!(!may_have::<M>(kib * 1024 + 1), "{}", M::TYP);
    }
    holds::<Request>(8);
    holds::<Enrol>(64);
    holds::<Update>(64);
    holds::<Inbox>(256);
}

#[test]
fn a_message_is_signed_under_its_kind_by_either_way() {
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
fn a_policy_says_of_calls_only_what_is_not_usual() {
    let policy = |calls| EnrolmentPolicy { binding_floor: BindingMode::Entry, min_shown_ms: 500, calls };
    let silent = r#"{"binding_floor":"entry","min_shown_ms":500}"#;
    let refusing = r#"{"binding_floor":"entry","min_shown_ms":500,"calls":"block"}"#;
    for (policy, text) in [(policy(CallPolicy::Allow), silent), (policy(CallPolicy::Block), refusing)] {
        assert_eq!(serde_json::to_string(&policy).unwrap(), text);
        assert_eq!(json::from_str::<EnrolmentPolicy>(text).unwrap(), policy);
    }
}

#[test]
fn a_binding_has_as_many_options_and_characters_as_it_may() {
    let options = |count: usize| format!(r#"{{"mode":"choice","options":[{}]}}"#, vec![r#""1""#; count].join(","));
    let entry = |length: u8| format!(r#"{{"mode":"entry","length":{length},"charset":"digits"}}"#);
    let reads = |text: String| json::from_str::<Binding>(&text).is_ok();
    assert_eq!([1, 2, 5, 6].map(|count| reads(options(count))), [false, true, true, false]);
    assert_eq!([3, 4, 12, 13].map(|length| reads(entry(length))), [false, true, true, false]);
}

#[test]
fn what_is_typed_is_of_its_characters_and_may_be_grouped() {
    let contained = |charset: Charset| ['0', '9', 'a', 'Z', ' ', '-', 'é', '٣'].map(|c| charset.contains(c));
    assert_eq!(contained(Charset::Digits), [true, true, false, false, false, false, false, false]);
    assert_eq!(contained(Charset::Alphanumeric), [true, true, true, true, false, false, false, false]);
    assert_eq!(without_separators(" 12 3-4\u{A0}56 "), "123456");
}
