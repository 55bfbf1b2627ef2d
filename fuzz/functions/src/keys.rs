//! The keys of the published vectors (`docs/contributors/vectors.md`). An input that is a vector
//! opens, and so does a message signed here.

use std::sync::OnceLock;

use countersign_core::jose::signed::SigningInput;
use countersign_core::jose::{Digest, SigningKey};
use serde_json::value::RawValue;

/// Returns the scalar of the key with this role.
pub(crate) fn scalar(role: &str) -> [u8; 32] {
    *Digest::of(format!("Countersign ADP/1 test vectors: {role}").as_bytes()).as_bytes()
}

/// The keys that every run uses.
pub(crate) struct TestKeys {
    pub(crate) server: SigningKey,
    pub(crate) dk: SigningKey,
    pub(crate) uvk: SigningKey,
    pub(crate) ek: SigningKey,
    pub(crate) stranger: SigningKey,
}

/// The key that seals the state of the test phone.
pub(crate) const STATE_SEALING_KEY: [u8; 32] = [7; 32];

/// Returns the keys. They are created once, because creation takes longer than most runs.
pub(crate) fn keys() -> &'static TestKeys {
    static KEYS: OnceLock<TestKeys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let key = |role: &str| SigningKey::from_scalar(&scalar(role)).unwrap();
        TestKeys { server: key("server"), dk: key("dk"), uvk: key("uvk"), ek: key("ek"), stranger: key("stranger") }
    })
}

/// Signs exactly the text of the claims, whatever it contains.
pub(crate) fn signed(typ: &str, claims: &RawValue, key: &SigningKey) -> String {
    let input = SigningInput::new(typ, key.public().thumbprint(), &claims).unwrap();
    let signature = key.sign(input.as_bytes()).unwrap();
    input.finish(&signature)
}

/// Returns the text as JSON that is written unchanged.
pub(crate) fn raw(text: &str) -> Option<Box<RawValue>> {
    serde_json::from_str(text).ok()
}
