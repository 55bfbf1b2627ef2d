//! The event scripts of `tests/approval`, on the session of the core.

use std::path::{Path, PathBuf};

mod run;
mod script;

fn scripts() -> Vec<(PathBuf, script::Script)> {
    script::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/approval"))
}

#[test]
fn every_script_leads_to_its_states() {
    let scripts = scripts();
    let failures: Vec<String> = scripts
        .iter()
        .filter_map(|(_, script)| run::run(script).err().map(|difference| format!("{}: {difference}", script.name)))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_script_has_the_name_of_its_file_and_an_expectation() {
    let scripts = scripts();
    assert!(scripts.len() >= 44, "only {} scripts", scripts.len());
    for (path, script) in scripts {
        assert_eq!(path.file_stem().and_then(|name| name.to_str()), Some(script.name.as_str()));
        assert!(script.description.ends_with('.'), "{}", script.name);
        let last = script.steps.last().unwrap().expect();
        assert!(last.decision.is_some() || last.error.is_some() || last.obstacle.is_some(), "{}", script.name);
    }
}
