//! The sealed state: changed bytes, and states of any content with a valid seal.

use std::sync::OnceLock;

use countersign_core::device::{State, seal};
use countersign_core::error::StateError;
use countersign_core::jose::Digest;
use countersign_core::message::claims::Locale;
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::{Authenticator, Config, Issuers};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::json;

use crate::keys::STATE_SEALING_KEY;
use crate::platform::TestPlatform;

/// The state formats that are read.
const FORMATS: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// The first format with a record for each enrolment.
const RECORDS: u8 = 8;

/// Opens a state. `x`: the rest is the file. Otherwise the first byte selects the format, and the
/// rest is the sealed content: the state, or from format 8 an enrolment.
pub fn run(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    if *kind == b'x' {
        if let Ok(state) = seal::open(rest, &STATE_SEALING_KEY) {
            check_state(&state);
        }
        return;
    }
    let format = FORMATS[usize::from(*kind) % FORMATS.len()];
    let file = sealed(format, rest);
    let opened = seal::open(&file, &STATE_SEALING_KEY);
    assert!(seal::open(&file, &[8; 32]).is_err(), "another key opens the state");
    for at in [0, 4, 5, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(seal::open(&changed, &STATE_SEALING_KEY).is_err(), "changed byte {at} accepted");
    }
    match opened {
        Ok(state) => check_state(&state),
        Err(StateError::Later(later)) => assert_eq!(later, format),
        Err(error) => assert_eq!(error, StateError::Damaged),
    }
}

fn sealed(format: u8, text: &[u8]) -> Vec<u8> {
    let head = [b'C', b'S', b'G', b'N', format];
    if format < RECORDS {
        return [&head[..], &encrypted(text, &head)].concat();
    }
    let framed = |text: &[u8], purpose: u8| {
        let record = encrypted(text, &[&head[..], &[purpose]].concat());
        [&u32::try_from(record.len()).unwrap().to_be_bytes()[..], &record].concat()
    };
    let record = framed(text, 1);
    let digest = Digest::of(&record[4..]).to_string();
    let index = json!({"version": 1, "keys_to_delete": [], "pending_keys": [], "enrolments": [digest]});
    [&head[..], &record, &framed(index.to_string().as_bytes(), 0)].concat()
}

fn encrypted(text: &[u8], additional: &[u8]) -> Vec<u8> {
    static KEY: OnceLock<LessSafeKey> = OnceLock::new();
    let key = KEY.get_or_init(|| LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &STATE_SEALING_KEY).unwrap()));
    let iv = [0; 12];
    let mut text = text.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(iv), Aad::from(additional), &mut text).unwrap();
    [&iv[..], &text].concat()
}

/// Checks that a state is saved and opened again unchanged, and that an authenticator can use it.
fn check_state(state: &State) {
    let written = seal::seal(state, &STATE_SEALING_KEY).unwrap();
    let again = seal::open(&written, &STATE_SEALING_KEY).unwrap_or_else(|error| panic!("written state: {error}"));
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(state).unwrap());
    let device = device(&TestPlatform::with_state(written));
    assert_eq!(device.enrolments().len(), state.enrolments.len(), "enrolment lost");
    for enrolment in device.enrolments() {
        let _ = (device.history(&enrolment.id), device.evidence_of(&enrolment.id), device.now(&enrolment.id));
    }
    for (_, entry) in device.requests() {
        let _ = (device.evidence(&entry.request.txn), device.decision_to_show(&entry.request.txn));
    }
    for pending in device.pending() {
        if let Ok(review) = pending.review(Locale::En) {
            assert!(!review.fields().is_empty());
        }
    }
}

/// Returns an authenticator with this platform.
pub(crate) fn device(platform: &TestPlatform) -> Authenticator {
    let info = DeviceInfo { platform: "test".into(), model: "Test".into(), app: "1".into(), sdk: "1".into() };
    let config = Config { device: info, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true };
    Authenticator::open(config, platform.platform()).unwrap_or_else(|error| panic!("{error}"))
}
