//! The sealed state: `"CSGN" ‖ format (1 byte) ‖ IV (12 bytes) ‖ AES-256-GCM(state as JSON) ‖ tag`.
//!
//! The first five bytes are authenticated as additional data. The JSON is [`State`] as serde writes
//! it. This version writes format 7 and reads all earlier formats:
//!
//! | format | change |
//! |---|---|
//! | 1 | the first format |
//! | 2 | adds `rotation` and `former` to an enrolment, and `at` to a decision |
//! | 3 | adds `history` to an enrolment, and the keys and links that evidence needs |
//! | 4 | adds `number` and `restored` to an enrolment |
//! | 5 | renames members and values, see below |
//! | 6 | adds `closed_ids` to an enrolment |
//! | 7 | `history` covers signed decisions, links are gone, and the state `abandoned` is new |
//!
//! A member that a format does not have gets its default when the format is read. Formats from 5
//! have these names, and a reader accepts the old ones in every format:
//!
//! | where | until format 4 | from format 5 |
//! |---|---|---|
//! | state | `doomed`, `nascent` | `keys_to_delete`, `pending_keys` |
//! | enrolment | `former`, `restored` | `replaced_keys`, `rollback_detected_at` |
//! | policy of an enrolment | `calls`: `let`, `refuse` | `calls`: `allow`, `block` |
//! | signed decision | `answer` | `kind` |
//! | settled decision | `answer` | `decision` |
//!
//! `core/tests/device/states` has a state of each earlier format, written by the version of that
//! time.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::state::State;
use crate::error::StateError;
use countersign_protocol::jose::{JoseError, json, random, wipe};

const MAGIC: [u8; 4] = *b"CSGN";
/// The format that is written.
const FORMAT: u8 = 7;
/// The oldest format that is read.
const OLDEST_FORMAT: u8 = 1;
const HEADER_BYTES: usize = 5;
const IV_BYTES: usize = 12;

/// Seals a state in the current format.
///
/// # Errors
/// [`JoseError`] if the random number generator or the encoder fails.
pub fn seal(state: &State, key: &[u8; 32]) -> Result<Vec<u8>, JoseError> {
    wipe::after(|| sealed(state, key))
}

fn sealed(state: &State, key: &[u8; 32]) -> Result<Vec<u8>, JoseError> {
    let iv: [u8; IV_BYTES] = random::bytes()?;
    let mut text = Zeroizing::new(serde_json::to_vec(state).map_err(|_| JoseError::Encode)?);
    let tag = aead(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(header(FORMAT)), &mut text)
        .map_err(|_| JoseError::Encode)?;
    Ok([&header(FORMAT), iv.as_slice(), text.as_slice(), tag.as_ref()].concat())
}

/// Opens a sealed state of any format.
///
/// # Errors
/// [`StateError::Damaged`], [`StateError::Later`] or [`StateError::Foreign`].
pub fn open(bytes: &[u8], key: &[u8; 32]) -> Result<State, StateError> {
    wipe::after(|| opened(bytes, key))
}

fn opened(bytes: &[u8], key: &[u8; 32]) -> Result<State, StateError> {
    let (head, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(StateError::Damaged)?;
    let [magic @ .., format] = head;
    if *magic != MAGIC {
        return Err(StateError::Damaged);
    }
    match *format {
        OLDEST_FORMAT..=FORMAT => {}
        ..OLDEST_FORMAT => return Err(StateError::Damaged),
        later => return Err(StateError::Later(later)),
    }
    let (iv, text) = rest.split_first_chunk::<IV_BYTES>().ok_or(StateError::Damaged)?;
    let mut text = Zeroizing::new(text.to_vec());
    let text = aead(key)
        .map_err(|_| StateError::Foreign)?
        .open_in_place(Nonce::assume_unique_for_key(*iv), Aad::from(head), &mut text)
        .map_err(|_| StateError::Foreign)?;
    json::from_own(text).map_err(|_| StateError::Damaged)
}

fn header(format: u8) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = MAGIC;
    [a, b, c, d, format]
}

fn aead(key: &[u8; 32]) -> Result<LessSafeKey, JoseError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| JoseError::PrivateKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::KeyHandle;
    use countersign_protocol::message::claims::Timestamp;
    use countersign_protocol::message::enrolment::CallPolicy;

    #[test]
    fn sealed_state_opens_and_changed_bytes_do_not() {
        let state = State { version: 7, ..State::default() };
        let sealed = seal(&state, &[1; 32]).unwrap();
        assert_eq!(open(&sealed, &[1; 32]).unwrap().version, 7);
        assert_eq!(open(&sealed, &[2; 32]).err(), Some(StateError::Foreign));
        for at in 0..sealed.len() {
            assert!(open(&sealed[..at], &[1; 32]).is_err(), "cut at {at}");
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &[1; 32]).is_err(), "changed at {at}");
        }
    }

    #[test]
    fn open_reports_damage_and_later_formats() {
        assert_eq!(open(b"", &[0; 32]).err(), Some(StateError::Damaged));
        assert_eq!(open(b"something else entirely", &[0; 32]).err(), Some(StateError::Damaged));
        assert_eq!(open(b"CSGN\x09-----------------", &[0; 32]).err(), Some(StateError::Later(9)));
    }

    /// Replaces names of the current format by those of format 4 in a state with one enrolment.
    fn as_format_4(state: &State) -> String {
        let names = [
            ("keys_to_delete", "doomed"),
            ("pending_keys", "nascent"),
            ("replaced_keys", "former"),
            ("rollback_detected_at", "restored"),
            (r#""calls":"block""#, r#""calls":"refuse""#),
        ];
        let text = serde_json::to_string(state).unwrap();
        names.into_iter().fold(text, |text, (new, old)| {
            assert_eq!(text.matches(new).count(), 1, "{new}");
            text.replace(new, old)
        })
    }

    #[test]
    fn names_of_format_4_are_read_and_not_written() {
        let mut state = State::default();
        let mut enrolment = super::super::tests::enrolment("a");
        enrolment.policy.calls = CallPolicy::Block;
        enrolment.rollback_detected_at = Some(Timestamp::from_seconds(7));
        state.add(enrolment).unwrap();
        state.keys_to_delete.push(KeyHandle("delete".into()));
        state.pending_keys.push(KeyHandle("pending".into()));
        let text = as_format_4(&state).into_bytes();
        let read: State = json::from_own(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&state).unwrap());
        let unknown = as_format_4(&state).replace("doomed", "lost");
        assert!(json::from_own::<State>(&unknown.into_bytes()).is_err(), "an unknown member");
        let unknown = as_format_4(&state).replace("refuse", "ignore");
        assert!(json::from_own::<State>(&unknown.into_bytes()).is_err(), "an unknown policy");
    }
}
