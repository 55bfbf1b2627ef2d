//! The history of an enrolment's decisions, which each new decision signs, and what the device
//! stores to prove it later.

use serde::{Deserialize, Deserializer, Serialize};

use super::entry::SignedDecision;
use super::keys::KeyRing;
use crate::error::AuthenticatorError;
use countersign_protocol::evidence::Replacement;
use countersign_protocol::jose::{Digest, Thumbprint};
use countersign_protocol::message::history::History;
use countersign_protocol::message::open;
use countersign_protocol::message::update::{Change, Update};

/// The number of decisions whose hashes are stored. More than an enrolment can store in full, so
/// that evidence can name a decision between two others that the device no longer has.
const MAX_HASHES: usize = 256;
/// The number of replacements of the user-verification key that are stored.
const MAX_REPLACEMENTS: usize = 16;

/// The decisions that the device signed for an enrolment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DecisionHistory {
    /// The history that the next decision contains.
    next: History,
    /// The hashes of the last decisions, oldest first.
    hashes: Vec<Digest>,
    /// The hash of the enrolment message. `None` if an earlier version enrolled this phone and no
    /// receipt has named the hash.
    enrol_hash: Option<Digest>,
    /// The replacements of the user-verification key, oldest first.
    replacements: Vec<Replacement>,
}

impl DecisionHistory {
    /// Creates the history of a new enrolment by the hash of its enrolment message.
    #[must_use]
    pub fn of(enrol_hash: Digest) -> Self {
        Self { enrol_hash: Some(enrol_hash), ..Self::default() }
    }

    /// Returns the history that the next decision contains.
    #[must_use]
    pub const fn for_next_decision(&self) -> History {
        self.next
    }

    /// Returns whether a decision of the enrolment contained a history.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.next.count > 0
    }

    /// Returns the hash of the enrolment message, if it is known.
    #[must_use]
    pub const fn enrol_hash(&self) -> Option<Digest> {
        self.enrol_hash
    }

    /// Returns the replacements that lead from one user-verification key to another, in order, or
    /// `None` if the stored ones do not.
    #[must_use]
    pub fn replacements_between(&self, from: Thumbprint, to: Thumbprint) -> Option<&[Replacement]> {
        if from == to {
            return Some(&[]);
        }
        let is_from = |replacement: &Replacement| replacement.old_key.thumbprint() == from;
        let (_, rest) = self.replacements.split_at_checked(self.replacements.iter().position(is_from)?)?;
        let is_to = |replacement: &Replacement| replacement.new_key.thumbprint() == to;
        let (between, _) = rest.split_at_checked(rest.iter().position(is_to)?.checked_add(1)?)?;
        Some(between)
    }

    /// Returns the hash of the decision with this many decisions before it, if it is stored.
    #[must_use]
    pub fn hash_of(&self, count: u64) -> Option<Digest> {
        let back = usize::try_from(self.next.count.checked_sub(count)?).ok()?;
        self.hashes.get(self.hashes.len().checked_sub(back)?).copied()
    }

    /// Returns whether this is the hash of the enrolment message. If it is not known, it becomes
    /// this hash.
    pub(super) fn confirm_enrol_hash(&mut self, hash: Digest) -> bool {
        *self.enrol_hash.get_or_insert(hash) == hash
    }

    /// Returns whether the key with this thumbprint was a user-verification key that was replaced.
    pub(super) fn has_replaced(&self, uvk: Thumbprint) -> bool {
        self.replacements.iter().any(|replacement| replacement.old_key.thumbprint() == uvk)
    }

    /// Adds a signed decision.
    ///
    /// # Errors
    /// [`AuthenticatorError::DecisionConflict`] if another decision was added since this one was
    /// signed.
    pub(super) fn add(&mut self, decision: &SignedDecision) -> Result<(), AuthenticatorError> {
        let Some(history) = decision.history else { return Ok(()) };
        if history != self.next {
            return Err(AuthenticatorError::DecisionConflict);
        }
        let hash = Digest::of(decision.jws.as_bytes());
        self.next = history.after(&hash);
        push_bounded(&mut self.hashes, hash, MAX_HASHES);
        Ok(())
    }

    /// Adds the replacement of the user-verification key in an accepted update of the keys `old`,
    /// if the update replaced that key.
    pub(super) fn add_replacement(&mut self, update: &str, old: &KeyRing) {
        let Ok(update) = open::<Update>(update, |_| Some(&old.public.dk)) else { return };
        if let Change::Keys(new) = update.message.change
            && let Some(proofs) = new.uvk_proofs
        {
            let (old_key, new_key) = (old.public.uvk.clone(), new.keys.uvk);
            push_bounded(&mut self.replacements, Replacement { old_key, new_key, proofs }, MAX_REPLACEMENTS);
        }
    }
}

fn push_bounded<T>(list: &mut Vec<T>, item: T, max: usize) {
    list.push(item);
    let surplus = list.len().saturating_sub(max);
    list.drain(..surplus);
}

/// Reads the history of any stored format. Formats before 7 have `length` and `head` of a chain
/// that no signature covered. It is dropped.
impl<'de> Deserialize<'de> for DecisionHistory {
    fn deserialize<D: Deserializer<'de>>(stored: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stored {
            #[serde(default)]
            next: History,
            #[serde(default)]
            hashes: Vec<Digest>,
            #[serde(default)]
            enrol_hash: Option<Digest>,
            #[serde(default)]
            replacements: Vec<Replacement>,
            #[serde(default, rename = "length")]
            _length: Option<u64>,
            #[serde(default, rename = "head")]
            _head: Option<Digest>,
        }
        let Stored { next, hashes, enrol_hash, replacements, .. } = Stored::deserialize(stored)?;
        Ok(Self { next, hashes, enrol_hash, replacements })
    }
}
