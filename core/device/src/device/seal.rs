//! The state at rest: `"CSGN" ‖ format (1 byte) ‖ IV (12 bytes) ‖ AES-256-GCM(state as JSON) ‖ tag`. The first five bytes are
//! authenticated too.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::state::State;
use crate::error::StateError;
use countersign_protocol::jose::{JoseError, json, random, wipe};

const MAGIC: [u8; 4] = *b"CSGN";
/// What is written. Format 2 has keys that are replaced, format 3 the keys and the chain of the history, format 4 the numbers; a
/// state of an earlier format is one without.
const FORMAT: u8 = 4;
/// The oldest that is read.
const OLDEST: u8 = 1;
const HEADER: usize = 5;
const IV: usize = 12;

/// Seals a state.
pub fn seal(state: &State, key: &[u8; 32]) -> Result<Vec<u8>, JoseError> {
    wipe::stack_after(|| sealed(state, key))
}

fn sealed(state: &State, key: &[u8; 32]) -> Result<Vec<u8>, JoseError> {
    let iv: [u8; IV] = random::bytes()?;
    let mut text = Zeroizing::new(serde_json::to_vec(state).map_err(|_| JoseError::Encode)?);
    let tag = aead(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(header(FORMAT)), &mut text)
        .map_err(|_| JoseError::Encode)?;
    Ok([&header(FORMAT), iv.as_slice(), text.as_slice(), tag.as_ref()].concat())
}

/// Opens a sealed state.
pub fn open(bytes: &[u8], key: &[u8; 32]) -> Result<State, StateError> {
    wipe::stack_after(|| opened(bytes, key))
}

fn opened(bytes: &[u8], key: &[u8; 32]) -> Result<State, StateError> {
    let (head, rest) = bytes.split_first_chunk::<HEADER>().ok_or(StateError::Damaged)?;
    let [magic @ .., format] = head;
    if *magic != MAGIC {
        return Err(StateError::Damaged);
    }
    match *format {
        OLDEST..=FORMAT => {}
        ..OLDEST => return Err(StateError::Damaged),
        later => return Err(StateError::Later(later)),
    }
    let (iv, text) = rest.split_first_chunk::<IV>().ok_or(StateError::Damaged)?;
    let mut text = Zeroizing::new(text.to_vec());
    let text = aead(key)
        .map_err(|_| StateError::Foreign)?
        .open_in_place(Nonce::assume_unique_for_key(*iv), Aad::from(head), &mut text)
        .map_err(|_| StateError::Foreign)?;
    json::from_own(text).map_err(|_| StateError::Damaged)
}

fn header(format: u8) -> [u8; HEADER] {
    let [a, b, c, d] = MAGIC;
    [a, b, c, d, format]
}

fn aead(key: &[u8; 32]) -> Result<LessSafeKey, JoseError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| JoseError::PrivateKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_and_no_changed_byte_opens() {
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
    fn says_what_is_wrong() {
        assert_eq!(open(b"", &[0; 32]).err(), Some(StateError::Damaged));
        assert_eq!(open(b"something else entirely", &[0; 32]).err(), Some(StateError::Damaged));
        assert_eq!(open(b"CSGN\x09-----------------", &[0; 32]).err(), Some(StateError::Later(9)));
    }
}
