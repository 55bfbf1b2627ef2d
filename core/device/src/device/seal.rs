//! The sealed state: one record for each enrolment, and an index.
//!
//! ```text
//! state = "CSGN" ‖ format (1 byte) ‖ record of each enrolment ‖ index
//! record, index = length of the rest (4 bytes) ‖ IV (12 bytes) ‖ AES-256-GCM(JSON) ‖ tag (16)
//! ```
//!
//! A record is the JSON of an [`Enrolment`]. Each one is encoded and sealed on its own. A change of
//! one enrolment copies the sealed records of the others, so that their size does not matter. The
//! index has the rest of [`State`] and the SHA-256 digest of each record, in order. Records of
//! different states cannot be combined, and none can be left out. The additional data are the first
//! five bytes and the purpose.
//!
//! This version writes format 8 and reads all earlier formats:
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
//! | 8 | a record for each enrolment |
//!
//! The formats 1 to 7 are `"CSGN" ‖ format ‖ IV ‖ AES-256-GCM(JSON of the whole state) ‖ tag`. A
//! member that a format does not have gets its default when the format is read. Formats from 5 have
//! these names, and a reader accepts the old ones in every format:
//!
//! | where | until format 4 | from format 5 |
//! |---|---|---|
//! | state | `doomed`, `nascent` | `keys_to_delete`, `pending_keys` |
//! | enrolment | `former`, `restored` | `replaced_keys`, `rollback_detected_at` |
//! | policy of an enrolment | `calls`: `let`, `refuse` | `calls`: `allow`, `block` |
//! | signed decision | `answer` | `kind` |
//! | settled decision | `answer` | `decision` |
//!
//! `core/tests/device/states` has a state of each format, written by the version of that time.

mod record;

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::record::{Purpose, RecordKey};
use super::enrolment::Enrolment;
use super::state::State;
use crate::error::StateError;
use crate::platform::KeyHandle;
use countersign_protocol::jose::{Digest, JoseError, wipe};

const MAGIC: [u8; 4] = *b"CSGN";
/// The format that is written.
const FORMAT: u8 = 8;
/// The oldest format that is read.
const OLDEST_FORMAT: u8 = 1;
/// The last format without records.
const LAST_WHOLE_FORMAT: u8 = 7;
const HEADER_BYTES: usize = 5;
const LENGTH_BYTES: usize = 4;

/// A sealed state that knows which enrolment each of its records has. The default is an empty
/// store.
#[derive(Default)]
pub struct Sealed {
    bytes: Vec<u8>,
    records: Vec<Record>,
}

/// The place of an enrolment in the sealed bytes.
struct Record {
    enrolment: Arc<Enrolment>,
    place: Range<usize>,
    digest: Digest,
}

/// The part of the state that belongs to no enrolment, with the digests of the records.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    version: u64,
    keys_to_delete: Vec<KeyHandle>,
    pending_keys: Vec<KeyHandle>,
    enrolments: Vec<Digest>,
}

/// Seals a state in the current format.
///
/// # Errors
/// As [`Sealed::seal`].
pub fn seal(state: &State, key: &[u8; 32]) -> Result<Vec<u8>, JoseError> {
    Sealed::default().seal(state, key).map(|sealed| sealed.bytes)
}

/// Opens a sealed state of any format.
///
/// # Errors
/// As [`Sealed::open`].
pub fn open(bytes: &[u8], key: &[u8; 32]) -> Result<State, StateError> {
    Sealed::open(bytes.to_vec(), key).map(|(state, _)| state)
}

impl Sealed {
    /// Returns whether a store with this content has this state.
    #[must_use]
    pub fn is(&self, stored: Option<&[u8]>) -> bool {
        stored == (!self.bytes.is_empty()).then_some(self.bytes.as_slice())
    }

    /// Returns the sealed bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Seals the state that follows this one. Only enrolments that are not in this state are
    /// encoded and sealed. The records of the others are copied.
    ///
    /// # Errors
    /// [`JoseError`] if the random number generator or the encoder fails.
    pub fn seal(&self, state: &State, key: &[u8; 32]) -> Result<Self, JoseError> {
        wipe::after(|| {
            let key = RecordKey::new(key, header(FORMAT))?;
            let mut next = Self { bytes: header(FORMAT).to_vec(), records: Vec::with_capacity(state.enrolments.len()) };
            for enrolment in &state.enrolments {
                let (place, digest) = match self.record(enrolment) {
                    Some((sealed, digest)) => (next.append(sealed)?, digest),
                    None => {
                        let sealed = key.seal(&**enrolment, Purpose::Enrolment)?;
                        (next.append(&sealed)?, Digest::of(&sealed))
                    }
                };
                next.records.push(Record { enrolment: enrolment.clone(), place, digest });
            }
            let index = Index {
                version: state.version,
                keys_to_delete: state.keys_to_delete.clone(),
                pending_keys: state.pending_keys.clone(),
                enrolments: next.records.iter().map(|record| record.digest).collect(),
            };
            next.append(&key.seal(&index, Purpose::Index)?)?;
            Ok(next)
        })
    }

    /// Returns the sealed record of this enrolment and its digest, if it has not changed.
    fn record(&self, enrolment: &Arc<Enrolment>) -> Option<(&[u8], Digest)> {
        let record = self.records.iter().find(|record| Arc::ptr_eq(&record.enrolment, enrolment))?;
        Some((self.bytes.get(record.place.clone())?, record.digest))
    }

    /// Appends a record with its length. Returns the place of the record.
    fn append(&mut self, sealed: &[u8]) -> Result<Range<usize>, JoseError> {
        let length = u32::try_from(sealed.len()).map_err(|_| JoseError::Encode)?;
        self.bytes.extend_from_slice(&length.to_be_bytes());
        let start = self.bytes.len();
        self.bytes.extend_from_slice(sealed);
        Ok(start..self.bytes.len())
    }

    /// Opens a sealed state of any format.
    ///
    /// # Errors
    /// [`StateError::Damaged`], [`StateError::Later`] or [`StateError::Foreign`].
    pub fn open(bytes: Vec<u8>, key: &[u8; 32]) -> Result<(State, Self), StateError> {
        wipe::after(|| {
            let (head, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(StateError::Damaged)?;
            let [magic @ .., format] = head;
            if *magic != MAGIC {
                return Err(StateError::Damaged);
            }
            let key = RecordKey::new(key, *head).map_err(|_| StateError::Foreign)?;
            let (state, records) = match *format {
                ..OLDEST_FORMAT => return Err(StateError::Damaged),
                OLDEST_FORMAT..=LAST_WHOLE_FORMAT => (key.open_whole(rest)?, Vec::new()),
                FORMAT => opened(&bytes, &key)?,
                later => return Err(StateError::Later(later)),
            };
            Ok((state, Self { bytes, records }))
        })
    }
}

/// Opens the index and the records.
fn opened(bytes: &[u8], key: &RecordKey) -> Result<(State, Vec<Record>), StateError> {
    let at = |place: &Range<usize>| bytes.get(place.clone()).ok_or(StateError::Damaged);
    let mut places = places(bytes).ok_or(StateError::Damaged)?;
    let index = places.pop().ok_or(StateError::Damaged)?;
    let Index { version, keys_to_delete, pending_keys, enrolments } = key.open(at(&index)?, Purpose::Index)?;
    if enrolments.len() != places.len() {
        return Err(StateError::Foreign);
    }
    let mut records = Vec::with_capacity(places.len());
    for (place, digest) in places.into_iter().zip(enrolments) {
        let sealed = at(&place)?;
        if Digest::of(sealed) != digest {
            return Err(StateError::Foreign);
        }
        let enrolment = Arc::new(key.open(sealed, Purpose::Enrolment)?);
        records.push(Record { enrolment, place, digest });
    }
    let enrolments = records.iter().map(|record| record.enrolment.clone()).collect();
    Ok((State { version, enrolments, keys_to_delete, pending_keys }, records))
}

/// Returns the places of the records and the index, or `None` if the lengths do not add up.
fn places(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut places = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<LENGTH_BYTES>()?);
        let start = at.checked_add(LENGTH_BYTES)?;
        at = start.checked_add(usize::try_from(length).ok()?)?;
        places.push(start..at);
    }
    (at == bytes.len()).then_some(places)
}

const fn header(format: u8) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = MAGIC;
    [a, b, c, d, format]
}

#[cfg(test)]
mod tests;
