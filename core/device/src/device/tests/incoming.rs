//! Tests of the verification of received messages: addressing and limits.

use zeroize::Zeroizing;

use super::keys::inbox;
use super::*;
use crate::device::enrolment::check_metadata;
use crate::device::inbound::{open_enrolled, open_inbox, open_receipt, open_request, unseal};
use crate::platform::{CreatedKey, KeySpec, KeyStore, KeyStoreError, Prompt};
use countersign_protocol::jose::sealed::seal;
use countersign_protocol::jose::{JoseError, PublicKey};
use countersign_protocol::message::Message;
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::enrolment::Enrolled;
use countersign_protocol::message::inbox::{Inbox, MAX_REQUESTS};
use countersign_protocol::message::request::MAX_LIFETIME_SECS;

#[test]
fn inbox_with_wrong_addressing_nonce_or_size_is_rejected() {
    let enrolment = enrolment("a");
    let open = |inbox: &Inbox| open_inbox(&inbox.sign(&key(4)).unwrap(), &enrolment, "nonce");
    let good = inbox(1, 1000);
    assert_eq!(open(&good), Ok(good.clone()));
    let requests = |count: usize| vec!["x".to_owned(); count];
    let listing = |count: usize| Inbox { requests: requests(count), count: 40, ..good.clone() };
    for full in [listing(MAX_REQUESTS), Inbox { count: 16, ..listing(MAX_REQUESTS) }] {
        assert_eq!(open(&full), Ok(full.clone()));
    }
    for (bad, reason) in [
        (Inbox { iss: "https://b.example".parse().unwrap(), ..good.clone() }, VerifyError::Issuer),
        (inbox(9, 1000), VerifyError::Audience),
        (Inbox { sub: id("b"), ..good.clone() }, VerifyError::Enrolment),
        (Inbox { nonce: "other".parse().unwrap(), ..good.clone() }, VerifyError::Nonce),
        (listing(MAX_REQUESTS + 1), VerifyError::Overfull),
        (listing(MAX_REQUESTS + 2), VerifyError::Overfull),
        (Inbox { count: 0, ..listing(1) }, VerifyError::Count),
        (Inbox { count: 15, ..listing(MAX_REQUESTS) }, VerifyError::Count),
    ] {
        assert_eq!(open(&bad), Err(reason));
    }
    let forged = good.sign(&key(9)).unwrap();
    assert_eq!(open_inbox(&forged, &enrolment, "nonce"), Err(VerifyError::Jose(JoseError::Kid)));
    assert_eq!(open_receipt(&good.sign(&key(4)).unwrap(), &enrolment).err(), Some(VerifyError::Jose(JoseError::Type)));
}

#[test]
fn request_lifetime_outside_limits_is_rejected() {
    let enrolment = enrolment("a");
    let open = |life: i64| {
        let mut asked = request("a", 1000).message;
        asked.exp = asked.iat.plus(life);
        open_request(&asked.sign(&key(4)).unwrap(), &enrolment).map(|opened| opened.kid)
    };
    for life in [1, MAX_LIFETIME_SECS] {
        assert_eq!(open(life), Ok(key(4).public().thumbprint()));
    }
    for life in [-1, 0, MAX_LIFETIME_SECS + 1] {
        assert_eq!(open(life), Err(VerifyError::Lifetime));
    }
}

#[test]
fn metadata_of_other_issuer_epoch_or_origin_is_rejected() {
    let issuer: Issuer = "https://a.example".parse().unwrap();
    let good = enrolment("a").metadata;
    let check = |metadata: &Metadata| check_metadata(metadata, &issuer, Some(&good));
    let changed = |change: &dyn Fn(&mut Metadata)| {
        let mut metadata = good.clone();
        change(&mut metadata);
        check(&metadata)
    };
    assert_eq!(check(&good), Ok(()), "the same again");
    assert_eq!(changed(&|metadata| metadata.iat = Timestamp::from_seconds(2)), Ok(()));
    assert_eq!(changed(&|metadata| metadata.epoch = 2), Ok(()));
    assert_eq!(changed(&|metadata| metadata.iat = Timestamp::from_seconds(0)), Err(VerifyError::Epoch));
    assert_eq!(changed(&|metadata| metadata.epoch = 0), Err(VerifyError::Epoch));
    assert_eq!(changed(&|metadata| metadata.iss = "https://b.example".parse().unwrap()), Err(VerifyError::Issuer));
    assert_eq!(changed(&|metadata| metadata.pins.clear()), Err(VerifyError::Endpoint));
    assert_eq!(changed(&|metadata| metadata.keys.keys.clear()), Err(VerifyError::Endpoint));
    for elsewhere in ["https://b.example/x", "https://a.example/x?y", "https://a.example/x#y", "x", ""] {
        assert_eq!(changed(&|metadata| metadata.endpoints.stream = elsewhere.into()), Err(VerifyError::Endpoint));
    }
}

#[test]
fn endpoint_with_another_spelling_is_rejected() {
    let issuer: Issuer = "https://a.example".parse().unwrap();
    let with = |stream: &str| {
        let mut metadata = enrolment("a").metadata;
        metadata.endpoints.stream = stream.into();
        check_metadata(&metadata, &issuer, None)
    };
    for good in ["https://a.example", "https://a.example/", "https://a.example/adp/v1/stream"] {
        assert_eq!(with(good), Ok(()), "{good}");
    }
    for bad in [
        "https://A.example/x",
        "https://a.example:443/x",
        "https://a@a.example/x",
        "https://@a.example/x",
        "https://a.example/x/..",
        "https://a.example/./x",
        "https://a.example/%78",
    ] {
        assert_eq!(with(bad), Err(VerifyError::Endpoint), "{bad}");
    }
}

/// A key store that only has the encryption key 3.
struct OneKey;

#[async_trait::async_trait]
impl KeyStore for OneKey {
    async fn create(&self, _: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        Err(KeyStoreError::Missing)
    }

    async fn sign(&self, _: &KeyHandle, _: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        Err(KeyStoreError::Missing)
    }

    async fn sign_with_user_verification(&self, _: &KeyHandle, _: &[u8], _: Prompt) -> Result<[u8; 64], KeyStoreError> {
        Err(KeyStoreError::Missing)
    }

    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        if key.0 != "ek-a" {
            return Err(KeyStoreError::Missing);
        }
        let own = p256::SecretKey::from_slice(&[3; 32]).unwrap();
        let peer = p256::PublicKey::from_sec1_bytes(peer.as_sec1()).unwrap();
        let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), peer.as_affine());
        Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
    }

    async fn delete(&self, _: &KeyHandle) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Missing)
    }

    fn sealing_key(&self, _: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        Err(KeyStoreError::Missing)
    }
}

#[test]
fn unseal_requires_accepted_key_size_and_utf8() {
    let sealed = |text: &[u8]| seal(text, key(3).public()).unwrap();
    let open = |sealed: &str, max: usize, name: Option<&str>| {
        let handle = name.map(|name| KeyHandle(name.into()));
        unseal(sealed, max, &OneKey, |_| handle.as_ref())
    };
    let good = sealed(b"content");
    assert_eq!(open(&good, good.len(), Some("ek-a")), Ok("content".into()));
    assert_eq!(open(&good, good.len() - 1, Some("ek-a")), Err(VerifyError::Jose(JoseError::Size)));
    assert_eq!(open(&good, good.len(), None), Err(VerifyError::Jose(JoseError::Kid)));
    assert_eq!(open(&good, good.len(), Some("ek-b")), Err(VerifyError::KeyStore));
    let no_text = sealed(&[0xff]);
    assert_eq!(open(&no_text, no_text.len(), Some("ek-a")), Err(VerifyError::Jose(JoseError::Base64)));
}

#[test]
fn enrolled_from_other_issuer_or_for_other_device_is_rejected() {
    let Enrolment { issuer, account, policy, metadata, .. } = enrolment("a");
    let good = Enrolled {
        iss: issuer.clone(),
        aud: DeviceAudience(key(1).public().thumbprint()),
        sub: id("a"),
        iat: Timestamp::from_seconds(1000),
        seq: 1,
        enrol_hash: Digest::of(b"enrol"),
        handle: "handle-a".parse().unwrap(),
        account,
        policy,
        state: EnrolmentState::Active,
        confirm_nonce: None,
    };
    let open = |enrolled: &Enrolled, signer: u8| {
        let device = DeviceAudience(key(1).public().thumbprint());
        open_enrolled(&enrolled.sign(&key(signer)).unwrap(), &issuer, device, &metadata)
    };
    assert_eq!(open(&good, 4), Ok(good.clone()));
    assert_eq!(open(&good, 9), Err(VerifyError::Jose(JoseError::Kid)));
    let of_another = Enrolled { iss: "https://b.example".parse().unwrap(), ..good.clone() };
    assert_eq!(open(&of_another, 4), Err(VerifyError::Issuer));
    let for_another = Enrolled { aud: DeviceAudience(key(2).public().thumbprint()), ..good };
    assert_eq!(open(&for_another, 4), Err(VerifyError::Audience));
}
