//! Files of version 1.

use super::*;
use crate::evidence::links::LinkedFormat;
use crate::evidence::{Link, LinkedFile, LinkedRecord};

/// Returns a file with these records and correct links, which anyone can compute.
fn linked(records: &[Record]) -> LinkedFile {
    linked_as(1.., records)
}

/// Returns a file whose links have these numbers.
fn linked_as(numbers: impl IntoIterator<Item = u64>, records: &[Record]) -> LinkedFile {
    let mut previous = Digest::from_bytes([0; 32]);
    let mut link = |number: u64, Record { request, decision, receipt, .. }: &Record| {
        let [request, decision, receipt] = [request, decision, receipt].map(|jws| Digest::of(jws.as_bytes()));
        let head = Digest::of_parts(&[
            b"ADP1-history\0",
            &number.to_be_bytes(),
            previous.as_bytes(),
            request.as_bytes(),
            decision.as_bytes(),
            receipt.as_bytes(),
        ]);
        let link = Link { number, previous, head };
        previous = head;
        link
    };
    let linked = |(number, record): (u64, &Record)| {
        let link = link(number, record);
        let Record { request, decision, receipt, request_key, decision_key, receipt_key } = record.clone();
        LinkedRecord { request, decision, receipt, request_key, decision_key, receipt_key, link }
    };
    LinkedFile { format: LinkedFormat::V1, records: numbers.into_iter().zip(records).map(linked).collect() }
}

/// Writes, reads and verifies a file. Returns the number of records.
fn verified(file: LinkedFile) -> Result<usize, EvidenceError> {
    let text = Evidence::V1(file).text().unwrap();
    let verified = Evidence::parse(text.as_bytes()).unwrap().verify(&DetailTypes::default())?;
    assert_eq!(verified.history, None, "nobody signed the links");
    Ok(verified.unchained.len())
}

fn numbered(number: u64) -> Parties {
    let mut parties = Parties::new();
    parties.decision.number = number.try_into().unwrap();
    parties.receipt.number = number;
    parties
}

#[test]
fn file_of_version_1_is_verified_as_before() {
    let [one, two, three] = [1, 2, 3].map(|number| numbered(number).record(WrongHash::None));
    let rejected = |number, error| Err(EvidenceError::Record { number, error });
    assert_eq!(verified(linked(&[one.clone(), two.clone(), three.clone()])), Ok(3));
    let mut without = linked(&[one.clone(), two.clone(), three.clone()]);
    without.records.remove(1);
    assert_eq!(verified(without), rejected(2, RecordError::Gap));
    let mut renumbered = linked(std::slice::from_ref(&one));
    renumbered.records[0].link.number = 2;
    assert_eq!(verified(renumbered), rejected(1, RecordError::Link));
    // Links are not signed, so this is not detected.
    assert_eq!(verified(linked(&[three, one])), Ok(2));
    assert_eq!(verified(linked(&[])), Err(EvidenceError::Empty));
}

#[test]
fn link_follows_only_with_number_and_previous_head() {
    let [one, two, three] = [1, 2, 3].map(|number| numbered(number).record(WrongHash::None));
    let gap = Err(EvidenceError::Record { number: 2, error: RecordError::Gap });
    assert_eq!(verified(linked_as([1, 3], &[one.clone(), two.clone()])), gap, "right head, wrong number");
    let mut other_head = linked(&[one, two.clone()]);
    other_head.records[1] = linked(&[three, two]).records.remove(1);
    assert_eq!(verified(other_head), gap, "right number, wrong head");
}

#[test]
fn repeated_record_is_rejected_in_spite_of_new_links() {
    let [one, two] = [1, 2].map(|number| numbered(number).record(WrongHash::None));
    let repeated = |number| Err(EvidenceError::Record { number, error: RecordError::Repeated });
    assert_eq!(verified(linked(&[one.clone(), one.clone()])), repeated(2));
    assert_eq!(verified(linked(&[one.clone(), two, one.clone()])), repeated(3));
    let same_number = numbered(1).record(WrongHash::None);
    assert_eq!(verified(linked(&[one.clone(), same_number])), repeated(2));
    let txn = one.open(&DetailTypes::default()).map(|opened| opened.facts.txn).unwrap();
    let mut asked_again = numbered(4);
    asked_again.request.txn = txn.clone();
    asked_again.decision.txn = txn.clone();
    asked_again.receipt.txn = Some(txn);
    assert_eq!(verified(linked(&[one, asked_again.record(WrongHash::None)])), repeated(2));
}

#[test]
fn decision_with_history_is_rejected_in_version_1() {
    let mut parties = Parties::new();
    parties.chain(History::default());
    let record = parties.record(WrongHash::None);
    assert_eq!(
        verified(linked(std::slice::from_ref(&record))),
        Err(EvidenceError::Record { number: 1, error: RecordError::History })
    );
    let unchained = Evidence::of(None, vec![record]).verify(&DetailTypes::default());
    assert_eq!(unchained, Err(EvidenceError::Record { number: 1, error: RecordError::History }));
}
