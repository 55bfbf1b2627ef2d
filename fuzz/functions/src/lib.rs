//! What the fuzz targets do with an input, and what must hold afterwards. The targets of libFuzzer (`fuzz/fuzz_targets`) and the
//! test that replays the kept corpora on stable Rust (`tests/corpora.rs`) call the same functions. `docs/fuzzing.md` is the list.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a function that panics has found something, and what it made for itself is as it made it"
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

/// A target: its name, which is also that of its file and of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
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

/// The first byte of an input chooses what is done with the rest, which must be text.
fn choice(input: &[u8]) -> Option<(u8, &str)> {
    let (first, rest) = input.split_first()?;
    Some((*first, std::str::from_utf8(rest).ok()?))
}
