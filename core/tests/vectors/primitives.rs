//! The sets of Project Wycheproof for the three primitives of the suite.
//!
//! ECDSA and ECDH run through the functions that messages use. AES-GCM cannot, because the key of a
//! sealed message is derived and a state has a fixed associated text. Therefore the test calls the
//! same function of ring with the same types.

use std::collections::BTreeMap;

use countersign_core::jose::signed::Unverified;
use countersign_core::jose::{JoseError, PublicKey, base64url};
use countersign_core::platform::{KeyHandle, KeyStore as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::json;
use wycheproof::{TestResult, aead, ecdh, ecdsa};

use crate::{keys, report};

/// The counts of one set.
#[derive(Default)]
struct Ran {
    valid: u32,
    acceptable: u32,
    invalid: u32,
    /// The number of cases that this implementation rejects although they are valid, by reason.
    stricter: BTreeMap<&'static str, u32>,
    wrong: Vec<usize>,
}

impl Ran {
    /// Counts a test. A valid case can be rejected for a stated reason. An invalid case must never
    /// be accepted.
    fn judge(&mut self, id: usize, result: TestResult, accepted: bool, stricter: Option<&'static str>) {
        match result {
            TestResult::Valid => self.valid += 1,
            TestResult::Acceptable => self.acceptable += 1,
            TestResult::Invalid => self.invalid += 1,
        }
        match (result, accepted, stricter) {
            (TestResult::Invalid, true, _) | (TestResult::Valid, false, None) => self.wrong.push(id),
            (TestResult::Valid | TestResult::Acceptable, false, Some(reason)) => {
                *self.stricter.entry(reason).or_default() += 1
            }
            _ => {}
        }
    }

    fn finish(self, name: &str, tests: u32) {
        let Self { valid, acceptable, invalid, stricter, wrong } = self;
        report::say(&json!({
            "set": "wycheproof", "name": name, "valid": valid, "acceptable": acceptable, "invalid": invalid,
            "stricter": stricter, "wrong": wrong.len(),
        }));
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert_eq!(valid + acceptable + invalid, tests);
    }
}

#[test]
fn wycheproof_ecdsa_p256_sha256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut ran = Ran::default();
    let mut low = Ran::default();
    for group in &set.test_groups {
        let key = PublicKey::from_sec1(&group.key.key).unwrap();
        for test in &group.tests {
            let verifies = key.verify(&test.msg, &test.sig).is_ok();
            ran.judge(test.tc_id, test.result, verifies, None);
            // A message with `s` in the upper half is rejected before its signature is verified.
            let upper = matches!(parse_message_with(&test.sig), Err(JoseError::Signature));
            low.judge(test.tc_id, test.result, verifies && !upper, upper.then_some("s in the upper half"));
        }
    }
    let tests = u32::try_from(set.number_of_tests).unwrap();
    ran.finish("ECDSA P-256 SHA-256: PublicKey::verify", tests);
    low.finish("ECDSA P-256 SHA-256: as the signature of a message", tests);
}

/// Parses a message with this signature.
fn parse_message_with(signature: &[u8]) -> Result<(), JoseError> {
    let kid = keys::key("server").public().thumbprint();
    let header = base64url::encode(format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"t"}}"#));
    let message = format!("{header}.e30.{}", base64url::encode(signature));
    Unverified::parse(&message, "t", 8192).map(|_| ())
}

#[test]
fn wycheproof_ecdh_p256() {
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).unwrap();
    let mut ran = Ran::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let compressed = matches!(test.public_key.first(), Some(2 | 3));
        let agreed = PublicKey::from_sec1(&test.public_key).ok().and_then(|peer| {
            let key = ("ek".to_owned(), scalar(&test.private_key));
            keys::store([key]).agree(&KeyHandle("ek".into()), &peer).ok()
        });
        let right = agreed.is_some_and(|secret| secret.as_slice() == test.shared_secret.as_slice());
        ran.judge(test.tc_id, test.result, right, compressed.then_some("a compressed point"));
    }
    ran.finish("ECDH P-256, points: the key store of desktops", u32::try_from(set.number_of_tests).unwrap());
}

/// Returns 32 bytes, with missing zeros added and additional ones removed.
fn scalar(written: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = written.iter().copied().skip_while(|byte| *byte == 0).collect();
    [vec![0; 32 - significant.len()], significant].concat()
}

#[test]
fn wycheproof_aes_256_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let ours = |group: &&aead::TestGroup| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128);
    let tests: Vec<_> = set.test_groups.iter().filter(ours).flat_map(|group| &group.tests).collect();
    let mut ran = Ran::default();
    for test in &tests {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &test.key).unwrap());
        let nonce: [u8; 12] = test.nonce.as_slice().try_into().unwrap();
        let mut text = [test.ct.as_slice(), test.tag.as_slice()].concat();
        let opened = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(test.aad.as_slice()), &mut text);
        let right = opened.is_ok_and(|opened| opened == test.pt.as_slice());
        ran.judge(test.tc_id, test.result, right, None);
    }
    assert!(!tests.is_empty());
    ran.finish("AES-256-GCM, 96-bit IV, 128-bit tag: ring", u32::try_from(tests.len()).unwrap());
}
