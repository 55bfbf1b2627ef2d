//! Patches of the Kotlin and Swift that uniffi generates. Each file in `kotlin` and `swift` is one
//! patch and names the upstream issue where there is one. A patch that does not find the code it
//! replaces is an error: uniffi has changed, and the patch must be reviewed.

mod kotlin;
mod source;
mod swift;

pub use kotlin::{kotlin, kotlin_for_android};
pub use source::PatchError;
pub use swift::swift;
