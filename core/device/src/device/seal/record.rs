//! The encryption of one record of the sealed state: `IV (12 bytes) ‖ AES-256-GCM(JSON) ‖ tag`.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{HEADER_BYTES, State};
use crate::error::StateError;
use countersign_protocol::jose::{JoseError, json, random};

const IV_BYTES: usize = 12;

/// The purpose of a record. It is part of the additional data, so that no record can be used for
/// the other purpose.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Index,
    Enrolment,
}

impl Purpose {
    const fn byte(self) -> u8 {
        match self {
            Self::Index => 0,
            Self::Enrolment => 1,
        }
    }
}

/// The sealing key for the records of a state with this header.
pub(super) struct RecordKey {
    key: LessSafeKey,
    header: [u8; HEADER_BYTES],
}

impl RecordKey {
    pub(super) fn new(key: &[u8; 32], header: [u8; HEADER_BYTES]) -> Result<Self, JoseError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| JoseError::PrivateKey)?;
        Ok(Self { key, header })
    }

    /// Encodes and seals a record.
    pub(super) fn seal(&self, content: &impl Serialize, purpose: Purpose) -> Result<Vec<u8>, JoseError> {
        let iv: [u8; IV_BYTES] = random::bytes()?;
        let mut text = Zeroizing::new(serde_json::to_vec(content).map_err(|_| JoseError::Encode)?);
        let tag = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), self.additional_data(purpose), &mut text)
            .map_err(|_| JoseError::Encode)?;
        Ok([iv.as_slice(), text.as_slice(), tag.as_ref()].concat())
    }

    /// Opens and decodes a record.
    pub(super) fn open<T: DeserializeOwned>(&self, sealed: &[u8], purpose: Purpose) -> Result<T, StateError> {
        self.decode(sealed, self.additional_data(purpose))
    }

    /// Opens a state of a format without records.
    pub(super) fn open_whole(&self, sealed: &[u8]) -> Result<State, StateError> {
        self.decode(sealed, Aad::from(self.header))
    }

    fn decode<T: DeserializeOwned>(&self, sealed: &[u8], additional: Aad<impl AsRef<[u8]>>) -> Result<T, StateError> {
        let (iv, text) = sealed.split_first_chunk::<IV_BYTES>().ok_or(StateError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        let text = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*iv), additional, &mut text)
            .map_err(|_| StateError::Foreign)?;
        json::from_own(text).map_err(|_| StateError::Damaged)
    }

    fn additional_data(&self, purpose: Purpose) -> Aad<[u8; HEADER_BYTES + 1]> {
        let [a, b, c, d, format] = self.header;
        Aad::from([a, b, c, d, format, purpose.byte()])
    }
}
