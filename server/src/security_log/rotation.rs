//! The events of a key rotation, by a running server or without it.

use super::Event;
use crate::keys::{FormerKey, RotateError};

/// Returns the event of a rotation of the key that signs messages to phones.
pub(crate) const fn of_device_key(rotated: &Result<u32, RotateError>) -> Event {
    match rotated {
        Ok(epoch) => Event::KeysRotated { epoch: *epoch },
        Err(error) => Event::KeyRotationRefused { reason: error.kind() },
    }
}

/// Returns the event of a rotation of the key that signs ID tokens.
pub(crate) const fn of_id_token_key(former: FormerKey, rotated: &Result<(), RotateError>) -> Event {
    match rotated {
        Ok(()) => Event::IdTokenKeyRotated { former: former.as_str() },
        Err(error) => Event::KeyRotationRefused { reason: error.kind() },
    }
}
