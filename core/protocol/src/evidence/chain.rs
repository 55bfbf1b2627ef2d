//! Records in the order of the history that the phone signed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::record::Opened;
use super::verdict::Known;
use super::{EvidenceError, Record, RecordError, Replacement, VerifiedEntry, VerifiedHistory, VerifiedRecord};
use crate::details::DetailTypes;
use crate::jose::{Digest, Thumbprint};
use crate::message::decision::DecisionKind;
use crate::message::history::History;
use crate::message::proof::KeySetThumbprints;
use crate::message::receipt::Proved;

/// Consecutive decisions of an enrolment, each of which signed the history before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryEvidence {
    /// SHA-256 of the `adp-enrol+jwt` that made the enrolment.
    pub enrol_hash: Digest,
    /// The replacements of the user-verification key between the first and the last record, in
    /// order.
    pub replacements: Vec<Replacement>,
    /// The decisions without a gap. The first and the last one are answered.
    pub records: Vec<HistoryRecord>,
}

/// A decision of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HistoryRecord {
    /// The decision with its request and its receipt.
    Answered(Box<Record>),
    /// SHA-256 of a decision that has no receipt or is not shown.
    Withheld(Digest),
}

impl HistoryEvidence {
    /// Verifies the records and their continuity, and adds them to those that the file has.
    pub(super) fn verify(&self, types: &DetailTypes, known: &mut Known) -> Result<VerifiedHistory, EvidenceError> {
        let mut walk = Walk { file: self, known, next: None, last: None, replaced: 0, roles: HashMap::new() };
        let mut entries = Vec::new();
        for (number, record) in (1..).zip(&self.records) {
            let rejected = |error| EvidenceError::Record { number, error };
            entries.push(match record {
                HistoryRecord::Answered(record) => {
                    let opened = record.open(types).map_err(rejected)?;
                    walk.follow_replacements(&opened)?;
                    walk.answered(opened).map_err(rejected)?
                }
                HistoryRecord::Withheld(hash) => walk.withheld(*hash).map_err(rejected)?,
            });
        }
        match entries.last() {
            None => Err(EvidenceError::Empty),
            // No signature covers a hash at the end.
            Some(VerifiedEntry::Withheld { .. }) => {
                Err(EvidenceError::Record { number: entries.len(), error: RecordError::History })
            }
            Some(VerifiedEntry::Answered { .. }) if walk.replaced < self.replacements.len() => {
                Err(EvidenceError::Replacement { number: walk.replaced.saturating_add(1) })
            }
            Some(VerifiedEntry::Answered { .. }) => Ok(VerifiedHistory { enrol_hash: self.enrol_hash, entries }),
        }
    }
}

/// The role of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Issuer,
    Device,
    UserVerification,
    Encryption,
}

/// The position in the history and the keys that are known there.
struct Walk<'a> {
    file: &'a HistoryEvidence,
    known: &'a mut Known,
    /// The history that the next decision must have. `None` before the first.
    next: Option<History>,
    /// The last answered decision.
    last: Option<Last>,
    /// The number of replacements that were applied.
    replaced: usize,
    /// Each key of the file with its only role.
    roles: HashMap<Thumbprint, Role>,
}

struct Last {
    history: History,
    number: u64,
    uvk: Thumbprint,
}

impl Walk<'_> {
    /// Applies replacements until the user-verification key is the one of this record. A record
    /// with a key that no replacement gives is rejected later.
    fn follow_replacements(&mut self, record: &Opened) -> Result<(), EvidenceError> {
        let Some(uvk) = record.proved.map(|proved| proved.uvk) else { return Ok(()) };
        while let Some(last) = &mut self.last
            && last.uvk != uvk
            && let Some(replacement) = self.file.replacements.get(self.replaced)
        {
            let number = self.replaced.saturating_add(1);
            let rejected = EvidenceError::Replacement { number };
            let current = replacement.old_key.thumbprint() == last.uvk;
            let new = replacement.verify(&record.facts.issuer).filter(|_| current).ok_or(rejected.clone())?;
            let KeySetThumbprints { dk, uvk, ek } = new;
            last.uvk = uvk;
            self.replaced = number;
            for (key, role) in [(dk, Role::Device), (uvk, Role::UserVerification), (ek, Role::Encryption)] {
                self.assign(key, role).map_err(|_| rejected.clone())?;
            }
        }
        Ok(())
    }

    fn answered(&mut self, opened: Opened) -> Result<VerifiedEntry, RecordError> {
        let Opened { facts, history, proved, device_keys } = opened;
        let (Some(history), Some(proved)) = (history, proved) else { return Err(RecordError::History) };
        let number = facts.decision_number.get();
        // Each decision in between used a message number too.
        let in_order = self.last.as_ref().is_none_or(|last| {
            let decisions = history.count.saturating_sub(last.history.count);
            number.checked_sub(last.number).is_some_and(|numbers| numbers >= decisions)
        });
        if self.next.is_some_and(|next| next != history) || !in_order {
            return Err(RecordError::History);
        }
        self.check_keys(&facts, &proved, device_keys)?;
        self.known.add(&facts)?;
        self.next = Some(history.after(&facts.decision_hash));
        self.last = Some(Last { history, number, uvk: proved.uvk });
        Ok(VerifiedEntry::Answered { position: history.count, uvk: proved.uvk, record: Box::new(facts) })
    }

    fn withheld(&mut self, decision_hash: Digest) -> Result<VerifiedEntry, RecordError> {
        // No signature covers a hash at the beginning.
        let history = self.next.ok_or(RecordError::History)?;
        self.known.add_decision(decision_hash)?;
        self.next = Some(history.after(&decision_hash));
        Ok(VerifiedEntry::Withheld { position: history.count, decision_hash })
    }

    /// Checks that the receipt names the enrolment of the file and the current user-verification
    /// key, that the right key signed the decision, and that no key has two roles in the file.
    fn check_keys(
        &mut self,
        facts: &VerifiedRecord,
        proved: &Proved,
        device_keys: [Thumbprint; 2],
    ) -> Result<(), RecordError> {
        let same_uvk = self.last.as_ref().is_none_or(|last| last.uvk == proved.uvk);
        if proved.enrol_hash != self.file.enrol_hash || !same_uvk {
            return Err(RecordError::Proved);
        }
        let [_, receipt_key] = device_keys;
        let signed = match facts.decision {
            DecisionKind::Approve => facts.device_key == proved.uvk,
            DecisionKind::Deny => [proved.uvk, receipt_key].contains(&facts.device_key),
        };
        if !signed {
            return Err(RecordError::Proved);
        }
        self.assign(proved.uvk, Role::UserVerification)?;
        device_keys.into_iter().try_for_each(|key| self.assign(key, Role::Device))?;
        facts.issuer_keys.into_iter().try_for_each(|key| self.assign(key, Role::Issuer))
    }

    fn assign(&mut self, key: Thumbprint, role: Role) -> Result<(), RecordError> {
        if *self.roles.entry(key).or_insert(role) == role { Ok(()) } else { Err(RecordError::Proved) }
    }
}
