//! The functions of the fuzz targets and the properties that they check.
//!
//! The libFuzzer targets (`fuzz/fuzz_targets`) and the test that replays the corpora on stable Rust
//! (`tests/corpora.rs`) call the same functions. `docs/contributors/fuzzing.md` lists the targets.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic reports a finding, and the functions know the values that they created"
)]

mod bank;
mod declared;
mod keys;
mod platform;

pub mod detail_types;
pub mod display;
pub mod dpop;
pub mod evidence;
pub mod ffi;
pub mod jose;
pub mod messages;
pub mod offer;
pub mod phone;
pub mod push;
pub mod sealed_push;
pub mod seeds;
pub mod state;
pub mod stream;
pub mod text;
pub mod values;

/// A target: its name, which is also the name of its file and corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 15] = [
    ("detail_types", detail_types::run),
    ("display", display::run),
    ("dpop", dpop::run),
    ("evidence", evidence::run),
    ("ffi", ffi::run),
    ("jose", jose::run),
    ("messages", messages::run),
    ("offer", offer::run),
    ("phone", phone::run),
    ("push", push::run),
    ("sealed_push", sealed_push::run),
    ("state", state::run),
    ("stream", stream::run),
    ("text", text::run),
    ("values", values::run),
];

/// Splits an input into its first byte, which selects the variant, and the rest, which must be
/// text.
fn choice(input: &[u8]) -> Option<(u8, &str)> {
    let (first, rest) = input.split_first()?;
    Some((*first, std::str::from_utf8(rest).ok()?))
}
