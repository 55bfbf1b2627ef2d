//! Creates valid and invalid JWEs step by step. The `seal` of the core creates only valid ones.

use countersign_core::jose::base64url::encode;
use countersign_core::jose::{Digest, PublicKey};
use countersign_core::platform::{KeyHandle, KeyStore as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::keys;

/// A sealing operation. Change the parts that shall be wrong before [`Sealer::seal`].
pub(super) struct Sealer {
    pub(super) header: String,
    pub(super) key: [u8; 32],
    /// The x coordinate of the shared point.
    pub(super) agreed: [u8; 32],
    iv: [u8; 12],
}

impl Sealer {
    /// Seals to the key with this role, with an ephemeral key that is derived from the name of the
    /// case.
    pub(super) fn new(name: &str, to: &str) -> Self {
        let kid = keys::key(to).public().thumbprint();
        let epk = serde_json::to_string(keys::key(name).public()).unwrap();
        let header =
            format!(r#"{{"alg":"ECDH-ES","enc":"A256GCM","typ":"adp-sealed","cty":"JWT","kid":"{kid}","epk":{epk}}}"#);
        let agreed = agree(name, keys::key(to).public());
        let iv = *Digest::of(name.as_bytes()).as_bytes().first_chunk().unwrap();
        Self { header, key: concat_kdf(&agreed, b""), agreed, iv }
    }

    /// Returns the five parts.
    pub(super) fn seal(&self, text: &[u8]) -> [String; 5] {
        let header = encode(&self.header);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key).unwrap());
        let mut sealed = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.iv);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut sealed).unwrap();
        [header, String::new(), encode(self.iv), encode(sealed), encode(tag.as_ref())]
    }
}

/// Returns the shared secret of the two keys.
fn agree(ephemeral: &str, peer: &PublicKey) -> [u8; 32] {
    let store = keys::store([("ephemeral".to_owned(), keys::scalar(ephemeral).to_vec())]);
    *store.agree(&KeyHandle("ephemeral".into()), peer).unwrap()
}

/// Derives the key for A256GCM (RFC 7518 §4.6.2). `apu` is the sender's information, which is empty
/// in ADP/1.
pub(super) fn concat_kdf(agreed: &[u8; 32], apu: &[u8]) -> [u8; 32] {
    let length = u32::try_from(apu.len()).unwrap().to_be_bytes();
    *Digest::of_parts(&[&[0, 0, 0, 1], agreed, b"\0\0\0\x07A256GCM", &length, apu, &[0; 4], &[0, 0, 1, 0]]).as_bytes()
}

/// Returns a valid JWE of this text for EK.
pub(super) fn sealed(name: &str, text: &str) -> String {
    Sealer::new(name, "ek").seal(text.as_bytes()).join(".")
}
