//! Files whose decisions signed the history. The attacker is the issuer: every key but 1 and 2, the
//! phone's, signs anything.

use super::records::denial;
use super::*;
use crate::evidence::VerifiedEntry;
use crate::message::proof::{KeyProof, KeySetThumbprints};
use crate::message::update::UvkProofs;

/// Returns the records of decisions by the phone, each changed before it is signed.
fn told(changes: &[&dyn Fn(&mut Parties)]) -> Vec<Record> {
    let mut history = History::default();
    changes
        .iter()
        .map(|change| {
            let mut parties = Parties::new();
            parties.chain(history);
            change(&mut parties);
            let record = parties.record(WrongHash::None);
            history = history.after(&Digest::of(record.decision.as_bytes()));
            record
        })
        .collect()
}

/// Returns the records of this many approvals.
fn approvals(count: usize) -> Vec<Record> {
    let unchanged: &dyn Fn(&mut Parties) = &|_| {};
    told(&vec![unchanged; count])
}

fn answered(record: &Record) -> HistoryRecord {
    HistoryRecord::Answered(Box::new(record.clone()))
}

fn withheld(record: &Record) -> HistoryRecord {
    HistoryRecord::Withheld(Digest::of(record.decision.as_bytes()))
}

fn evidence(replacements: Vec<Replacement>, records: Vec<HistoryRecord>) -> Evidence {
    Evidence::of(Some(HistoryEvidence { enrol_hash: Digest::of(b"enrol"), replacements, records }), vec![])
}

/// Writes, reads and verifies a file with these records. Returns the positions; those of withheld
/// decisions are negative.
fn verify(replacements: &[Replacement], records: &[HistoryRecord]) -> Result<Vec<i64>, EvidenceError> {
    let text = evidence(replacements.to_vec(), records.to_vec()).text().unwrap();
    let verified = Evidence::parse(text.as_bytes()).unwrap().verify(&DetailTypes::default())?;
    let position = |entry: &VerifiedEntry| match entry {
        VerifiedEntry::Answered { position, .. } => i64::try_from(*position).unwrap(),
        VerifiedEntry::Withheld { position, .. } => -i64::try_from(*position).unwrap(),
    };
    Ok(verified.history.unwrap().entries.iter().map(position).collect())
}

fn whole(records: &[Record]) -> Vec<HistoryRecord> {
    records.iter().map(answered).collect()
}

fn rejected<T>(number: usize, error: RecordError) -> Result<T, EvidenceError> {
    Err(EvidenceError::Record { number, error })
}

#[test]
fn history_states_its_position_and_withheld_decisions() {
    let records = approvals(4);
    let [a, b, c, d] = records.as_slice() else { panic!() };
    assert_eq!(verify(&[], &whole(&records)), Ok(vec![0, 1, 2, 3]));
    assert_eq!(verify(&[], &[answered(b), withheld(c), answered(d)]), Ok(vec![1, -2, 3]));
    let counted = |records: &[HistoryRecord]| {
        let part = evidence(vec![], records.to_vec()).verify(&DetailTypes::default()).unwrap();
        let history = part.history.as_ref().unwrap();
        assert_eq!(history.enrol_hash, Digest::of(b"enrol"));
        (history.earlier(), history.withheld(), part.records().count())
    };
    assert_eq!(counted(&whole(&records)), (0, 0, 4));
    assert_eq!(counted(&[answered(b), withheld(c), answered(d)]), (1, 1, 2));
    assert_eq!(counted(&[answered(c), answered(d)]), (2, 0, 2));
    // No signature covers a hash at the beginning or at the end.
    assert_eq!(verify(&[], &[withheld(a), answered(b)]), rejected(1, RecordError::History));
    assert_eq!(verify(&[], &[answered(a), withheld(b)]), rejected(2, RecordError::History));
    assert_eq!(verify(&[], &[answered(a), withheld(a), answered(c)]), rejected(2, RecordError::Repeated));
    assert_eq!(verify(&[], &[answered(a), withheld(c), answered(c)]), rejected(3, RecordError::History));
}

#[test]
fn record_that_is_left_out_repeated_or_moved_is_rejected() {
    let records = approvals(3);
    let [a, b, c] = records.as_slice() else { panic!() };
    let history = |number| rejected(number, RecordError::History);
    assert_eq!(verify(&[], &whole(&[a.clone(), c.clone()])), history(2), "1, 3 of 1, 2, 3");
    assert_eq!(verify(&[], &whole(&[a.clone(), a.clone(), a.clone()])), history(2), "1, 1, 1");
    assert_eq!(verify(&[], &whole(&[c.clone(), b.clone(), a.clone()])), history(2), "3, 2, 1");
    assert_eq!(verify(&[], &whole(&[a.clone(), c.clone(), b.clone()])), history(2));
    // A chain of another enrolment of the same phone.
    let other = approvals(3);
    assert_eq!(verify(&[], &whole(&[a.clone(), other[1].clone()])), history(2));
    assert_eq!(verify(&[], &whole(&[a.clone(), b.clone(), c.clone()])), Ok(vec![0, 1, 2]));
}

#[test]
fn decision_number_must_fit_the_history() {
    let numbered = |number: u64| {
        move |parties: &mut Parties| {
            parties.decision.number = number.try_into().unwrap();
            parties.receipt.number = number;
        }
    };
    let numbers_told = |numbers: [u64; 3]| {
        let [a, b, c] = numbers.map(numbered);
        told(&[&a, &b, &c])
    };
    let good = numbers_told([4, 5, 9]);
    assert_eq!(verify(&[], &whole(&good)), Ok(vec![0, 1, 2]));
    assert_eq!(verify(&[], &[answered(&good[0]), withheld(&good[1]), answered(&good[2])]), Ok(vec![0, -1, 2]));
    assert_eq!(verify(&[], &whole(&numbers_told([4, 4, 9]))), rejected(2, RecordError::History));
    assert_eq!(verify(&[], &whole(&numbers_told([4, 3, 9]))), rejected(2, RecordError::History));
    let tight = numbers_told([4, 1_000, 5]);
    assert_eq!(
        verify(&[], &[answered(&tight[0]), withheld(&tight[1]), answered(&tight[2])]),
        rejected(3, RecordError::History),
        "three decisions with two numbers"
    );
    let first = |change: fn(&mut Parties)| verify(&[], &whole(&told(&[&change])));
    assert_eq!(
        first(|parties| parties.decision.history = Some(History { count: 1, ..History::default() })),
        rejected(1, RecordError::History)
    );
    let later = |parties: &mut Parties| {
        parties.chain(History { count: 7, head: Digest::of(b"before") });
        parties.decision.number = 7.try_into().unwrap();
    };
    assert_eq!(verify(&[], &whole(&told(&[&later]))), rejected(1, RecordError::History));
}

/// Returns the first error of three approvals of which the second is changed.
fn second(change: impl Fn(&mut Parties)) -> Result<Vec<i64>, EvidenceError> {
    let unchanged = |_: &mut Parties| {};
    verify(&[], &whole(&told(&[&unchanged, &change, &unchanged])))
}

#[test]
fn approval_by_another_key_than_the_proved_one_is_rejected() {
    // 1 is the phone's device key, 3 and 4 are the issuer's, 5 to 7 are keys that the issuer made.
    for signer in [1, 3, 4] {
        assert_eq!(second(|parties| parties.signer = signer), rejected(2, RecordError::Approval), "{signer}");
    }
    for signer in [5, 6] {
        assert_eq!(second(|parties| parties.signer = signer), rejected(2, RecordError::Proved), "{signer}");
    }
    let swapped = |parties: &mut Parties| {
        parties.signer = 5;
        parties.receipt.proved = Some(Proved { enrol_hash: Digest::of(b"enrol"), uvk: thumbprint(5) });
    };
    assert_eq!(second(swapped), rejected(2, RecordError::Proved), "the issuer swaps the key");
    // The device key of another record.
    let device_key = |parties: &mut Parties| {
        parties.request.aud = DeviceAudience(thumbprint(5));
        parties.receipt.aud = DeviceAudience(thumbprint(5));
        parties.signer = 1;
        parties.receipt.proved = Some(Proved { enrol_hash: Digest::of(b"enrol"), uvk: thumbprint(1) });
    };
    let unchanged = |_: &mut Parties| {};
    assert_eq!(verify(&[], &whole(&told(&[&unchanged, &device_key]))), rejected(2, RecordError::Proved));
    let to_uvk = |parties: &mut Parties| {
        denial(parties);
        parties.signer = 5;
        parties.request.aud = DeviceAudience(thumbprint(2));
        parties.receipt.aud = DeviceAudience(thumbprint(5));
    };
    assert_eq!(second(to_uvk), rejected(2, RecordError::Proved), "the key of approvals as a device key");
}

#[test]
fn denial_needs_the_current_device_key_or_the_proved_key() {
    let denied_by = |signer| {
        second(|parties| {
            denial(parties);
            parties.signer = signer;
        })
    };
    assert_eq!((denied_by(1), denied_by(2)), (Ok(vec![0, 1, 2]), Ok(vec![0, 1, 2])));
    assert_eq!(denied_by(5), rejected(2, RecordError::Proved));
}

#[test]
fn receipt_that_names_other_keys_is_rejected() {
    let names = |proved: Option<Proved>| second(|parties| parties.receipt.proved = proved);
    let right = Proved { enrol_hash: Digest::of(b"enrol"), uvk: thumbprint(2) };
    assert_eq!(names(Some(right)), Ok(vec![0, 1, 2]));
    for wrong in
        [None, Some(Proved { enrol_hash: Digest::of(b"other"), ..right }), Some(Proved { uvk: thumbprint(5), ..right })]
    {
        assert_eq!(names(wrong), rejected(2, RecordError::Proved));
    }
    assert_eq!(second(|parties| parties.decision.history = None), rejected(2, RecordError::Proved));
    let without = |parties: &mut Parties| {
        parties.decision.history = None;
        parties.receipt.proved = None;
    };
    assert_eq!(second(without), rejected(2, RecordError::History), "a decision without a history in the chain");
}

#[test]
fn records_of_two_enrolments_are_rejected() {
    let other_sub = |parties: &mut Parties| {
        parties.request.sub = "enrolment-2".parse().unwrap();
        parties.decision.iss = parties.request.sub.clone();
        parties.receipt.sub = parties.request.sub.clone();
    };
    assert_eq!(second(other_sub), rejected(2, RecordError::OtherEnrolment));
    let other_issuer = |parties: &mut Parties| {
        parties.request.iss = "https://other.example".parse().unwrap();
        parties.decision.aud = parties.request.iss.clone();
        parties.receipt.iss = parties.request.iss.clone();
    };
    assert_eq!(second(other_issuer), rejected(2, RecordError::OtherEnrolment));
    let mut unchained = Parties::new();
    other_sub(&mut unchained);
    unchained.decision.number = 9.try_into().unwrap();
    unchained.receipt.number = 9;
    let history =
        HistoryEvidence { enrol_hash: Digest::of(b"enrol"), replacements: vec![], records: whole(&approvals(2)) };
    let file = |record: Record| Evidence::of(Some(history.clone()), vec![record]).verify(&DetailTypes::default());
    assert_eq!(file(unchained.record(WrongHash::None)).err(), rejected::<()>(3, RecordError::OtherEnrolment).err());
    let same_number = Parties::new().record(WrongHash::None);
    assert_eq!(file(same_number).err(), rejected::<()>(3, RecordError::Repeated).err());
    let mut old = Parties::new();
    old.decision.number = 9.try_into().unwrap();
    old.receipt.number = 9;
    assert_eq!(file(old.record(WrongHash::None)).unwrap().unchained.len(), 1);
}

/// Returns the replacement of the user-verification key `old` by `new`, signed by these keys.
fn replacement(old: u8, new: u8, signers: [u8; 2], change: impl Fn(&mut KeyProof)) -> Replacement {
    let mut proof = KeyProof {
        aud: "https://bank.example".parse().unwrap(),
        nonce: Nonce::random().unwrap(),
        keys: KeySetThumbprints { dk: thumbprint(11), uvk: thumbprint(new), ek: thumbprint(13) },
    };
    let by_old = proof.sign(&key(signers[0])).unwrap();
    change(&mut proof);
    let by_new = proof.sign(&key(signers[1])).unwrap();
    let (old_key, new_key) = (key(old).public().clone(), key(new).public().clone());
    Replacement { old_key, new_key, proofs: UvkProofs { old: by_old, new: by_new } }
}

/// Returns the records of an approval by the key 2 and of one by the key 12.
fn across_a_replacement() -> Vec<HistoryRecord> {
    let unchanged = |_: &mut Parties| {};
    let replaced = |parties: &mut Parties| {
        parties.signer = 12;
        parties.receipt.proved = Some(Proved { enrol_hash: Digest::of(b"enrol"), uvk: thumbprint(12) });
    };
    whole(&told(&[&unchanged, &replaced]))
}

#[test]
fn replaced_key_needs_a_proof_by_both_keys() {
    let records = across_a_replacement();
    let right = |old, new| replacement(old, new, [old, new], |_| {});
    assert_eq!(verify(&[right(2, 12)], &records), Ok(vec![0, 1]));
    assert_eq!(verify(&[right(2, 14), right(14, 12)], &records), Ok(vec![0, 1]), "a key without a decision");
    assert_eq!(verify(&[], &records), rejected(2, RecordError::Proved));
    let bad = |number| Err(EvidenceError::Replacement { number });
    // The issuer has every key but 2.
    for forged in [
        replacement(2, 12, [5, 12], |_| {}),
        replacement(5, 12, [5, 12], |_| {}),
        replacement(2, 12, [12, 12], |_| {}),
        replacement(2, 12, [2, 12], |proof| proof.nonce = Nonce::random().unwrap()),
        replacement(2, 12, [2, 12], |proof| proof.keys.dk = thumbprint(14)),
        Replacement { new_key: key(12).public().clone(), ..right(2, 14) },
        Replacement { old_key: key(2).public().clone(), ..right(14, 12) },
    ] {
        assert_eq!(verify(&[forged], &records), bad(1));
    }
    let of_other_issuer = {
        let other = |proof: &mut KeyProof| proof.aud = "https://other.example".parse().unwrap();
        replacement(2, 12, [2, 12], other)
    };
    assert_eq!(verify(&[of_other_issuer], &records), bad(1));
    assert_eq!(verify(&[right(2, 12), right(12, 14)], &records), bad(2), "a replacement that no record needs");
    assert_eq!(verify(&[right(14, 12), right(2, 14)], &records), bad(1), "in another order");
    let to_device_key = replacement(2, 12, [2, 12], |_| {});
    assert_eq!(verify(&[to_device_key, right(12, 1)], &records), bad(2));
    assert_eq!(verify(&[right(2, 1), right(1, 12)], &records), bad(1), "the device key becomes the key of approvals");
}

#[test]
fn receipt_of_another_time_or_number_is_rejected_in_history() {
    let other = |number| rejected(number, RecordError::OtherDecision);
    assert_eq!(second(|parties| parties.receipt.iat = Timestamp::from_seconds(0)), other(2), "1970");
    assert_eq!(second(|parties| parties.receipt.number = 0), other(2));
    assert_eq!(second(|parties| parties.receipt.sub = "enrolment-2".parse().unwrap()), other(2));
    let entry = Binding::Entry { length: 6, charset: Charset::Digits };
    for value in [None, Some("hello")] {
        let bound = |parties: &mut Parties| {
            parties.request.binding = entry.clone();
            parties.decision.binding = value.map(str::to_owned);
        };
        assert_eq!(second(bound), rejected(2, RecordError::Approval), "{value:?}");
    }
    assert_eq!(
        second(|parties| parties.receipt.aud = DeviceAudience(thumbprint(2))),
        rejected(2, RecordError::Approval)
    );
    assert_eq!(second(|parties| parties.receipt.aud = DeviceAudience(thumbprint(4))), other(2));
}
