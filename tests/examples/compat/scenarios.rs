//! The scenario runner of one commit against the server of another.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use crate::Failure;
use crate::side::Side;

/// The phone of one side against the server of the other.
pub(crate) struct Direction<'a> {
    pub(crate) name: &'static str,
    pub(crate) phone: &'a Side,
    pub(crate) server: &'a Side,
}

/// The result of each scenario: `ok`, or `FAILED` with the reason.
pub(crate) type Results = BTreeMap<String, String>;

impl Direction<'_> {
    /// Runs every scenario of the phone's commit.
    pub(crate) fn run(&self) -> Result<Results, Failure> {
        let mut runner = Command::new(&self.phone.runner);
        runner.env("COUNTERSIGN_BIN", &self.server.program).env("COUNTERSIGN_SCENARIOS", &self.phone.data);
        // An evidence file needs a program that knows the format of the phone.
        runner.env("COUNTERSIGN_VERIFIER", &self.phone.program);
        let output = runner.stderr(Stdio::inherit()).output()?;
        let results = read(&String::from_utf8(output.stdout)?);
        if results.is_empty() {
            return Err(format!("the runner of {} printed no result: {}", self.name, output.status).into());
        }
        Ok(results)
    }
}

/// The names of the scenarios that every direction has.
pub(crate) fn common(results: &[Results]) -> BTreeSet<String> {
    let Some((first, others)) = results.split_first() else { return BTreeSet::new() };
    first.keys().filter(|name| others.iter().all(|other| other.contains_key(*name))).cloned().collect()
}

fn read(output: &str) -> Results {
    let lines = output.lines().filter_map(|line| line.strip_prefix("SCENARIO ")?.split_once(' '));
    lines.map(|(name, result)| (name.to_owned(), result.to_owned())).collect()
}
