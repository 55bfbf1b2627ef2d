//! The published cases of this project.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{case, report, run};

#[test]
fn published_cases_give_their_results() {
    let cases = case::all();
    let wrong: Vec<String> = cases.iter().filter_map(|case| run::judge(case).err()).collect();
    let mut kinds: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for case in &cases {
        let (good, bad) = kinds.entry(&case.kind).or_default();
        *(if case.is_bad() { bad } else { good }) += 1;
    }
    for (kind, (good, bad)) in kinds {
        report::say(&json!({ "set": "adp1", "name": kind, "good": good, "bad": bad }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 150, "{}", cases.len());
}
