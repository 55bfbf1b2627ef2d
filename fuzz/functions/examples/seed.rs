//! Writes the seeds to a folder, with one folder for each target: `seed FOLDER`.
#![expect(clippy::unwrap_used, reason = "a write that fails ends the tool")]

use std::path::Path;

use countersign_core::jose::Digest;

fn main() {
    let to = std::env::args_os().nth(1).unwrap();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/adp1");
    for (target, inputs) in countersign_fuzz::seeds::all(&vectors) {
        let folder = Path::new(&to).join(target);
        std::fs::create_dir_all(&folder).unwrap();
        for input in inputs {
            std::fs::write(folder.join(format!("seed-{}", Digest::of(&input))), &input).unwrap();
        }
    }
}
