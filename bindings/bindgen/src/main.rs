//! `uniffi-bindgen` in the version that the library is built with, since another version generates
//! code that refuses to load the library. `uniffi-bindgen patch LANGUAGE FROM TO` patches a
//! generated file.

use std::path::Path;
use std::process::ExitCode;

use countersign_bindgen::{PatchError, kotlin, kotlin_for_android, swift};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["patch", language, from, to] = arguments.as_slice() else {
        uniffi::uniffi_bindgen_main();
        return ExitCode::SUCCESS;
    };
    match patch(language, Path::new(from), Path::new(to)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _closed = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// Patches the file `from` and writes the result to `to`, unless `to` has that content already.
fn patch(language: &str, from: &Path, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let patch: fn(&str) -> Result<String, PatchError> = match language {
        "kotlin" => kotlin,
        "kotlin-android" => kotlin_for_android,
        "swift" => swift,
        _ => return Err(format!("there are no patches for `{language}`").into()),
    };
    let patched = patch(&std::fs::read_to_string(from)?)?;
    if std::fs::read_to_string(to).is_ok_and(|there| there == patched) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, patched)?)
}
