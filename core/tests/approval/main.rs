//! The event scripts of `tests/approval`, on the session of the core.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that failed; the results are printed for the suite `approval`"
)]

use std::path::{Path, PathBuf};

mod run;
mod script;

fn scripts() -> Vec<(PathBuf, script::Script)> {
    script::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/approval"))
}

#[test]
fn every_script_leads_to_its_states() {
    let mut failed = 0;
    for (_, script) in scripts() {
        // `cargo xtask test approval` reads these lines, as those of Kotlin and Swift.
        match run::run(&script) {
            Ok(()) => println!("APPROVAL {} ok", script.name),
            Err(difference) => {
                failed += 1;
                println!("APPROVAL {} FAILED: {difference}", script.name);
            }
        }
    }
    assert_eq!(failed, 0, "scripts failed, see the lines above");
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
