//! Evidence on the phone.

use std::io::Write as _;
use std::process::{Command, Stdio};

use countersign_core::evidence::Evidence;
use countersign_core::message::decision::DenyReason;
use serde_json::Value;

use super::bank::{Bank, program};
use super::names::outcome;
use super::phone::Phone;

pub(crate) async fn evidence(bank: &Bank) {
    let phone = Phone::fresh(bank, "evidence").await;
    assert_eq!(phone.device.evidence_of(&phone.enrolment).unwrap(), None);
    let rung = phone.receive().await;
    assert_eq!(phone.device.evidence(&rung.txn).unwrap(), None);
    phone.approves_for(&rung.asked, &rung.txn).await;
    let second = phone.receive().await;
    let denied = phone.device.deny(&second.txn, DenyReason::NotMe).await.unwrap();
    assert_eq!(outcome(denied), phone.expect("result"));

    let file = text(phone.device.evidence_of(&phone.enrolment).unwrap());
    let (good, said) = verified(&file);
    assert!(good && said["ok"] == true, "{said}");
    let records = said["records"].as_array().unwrap();
    let answers: Vec<_> = records.iter().map(|record| (&record["decision"], &record["counts"])).collect();
    assert_eq!(answers, [(&"approve".into(), &true.into()), (&"deny".into(), &true.into())]);
    assert_eq!(records[0]["txn"], rung.txn.as_str());

    let (good, said) = verified(&text(phone.device.evidence(&rung.txn).unwrap()));
    let records = said["records"].as_array().unwrap();
    assert!(good && records.len() == 1 && records[0]["txn"] == rung.txn.as_str(), "{said}");

    let (place, other) = (phone.expect("place"), phone.expect("other_place"));
    assert!(file.contains(place));
    let (good, said) = verified(&file.replace(place, other));
    assert!(!good && said["ok"] == false, "{said}");
}

fn text(evidence: Option<Evidence>) -> String {
    evidence.expect("there is evidence").text().unwrap()
}

/// Runs `countersign verify-evidence` and returns its success and its document. If the phone is
/// newer than the server, `COUNTERSIGN_VERIFIER` names the program of the phone's version.
fn verified(file: &str) -> (bool, Value) {
    let mut command = Command::new(std::env::var_os("COUNTERSIGN_VERIFIER").map_or_else(program, Into::into));
    command.args(["verify-evidence", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    process.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let ended = process.wait_with_output().unwrap();
    (ended.status.success(), serde_json::from_slice(&ended.stdout).unwrap())
}
