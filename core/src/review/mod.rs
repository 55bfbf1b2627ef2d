//! What you see is what you sign: from a verified request to the fields on the screen, to the one-use [`Ticket`] that an
//! approval needs.
//!
//! ```text
//! Request ──display──▶ Display { fields, approvable, hash }        (both sides: the server computes the same hash)
//! Request ──Review::new──▶ Review ──rendered(report, policy)──▶ Ticket ──▶ approve
//! ```
//!
//! # Order of the fields
//! `client`, `issuer`, `scope`, `message`; for each payment `amount`, `payee`, `account`, `bank`, `reference`, `end_to_end` (or `detail`
//! for one that cannot be drawn); `binding`, `place`, `agent`, `ip`, `began`, `expiry`. What a request does not have is left
//! out. The second payment's fields are `amount.2`, `payee.2` and so on, whatever it leaves out.
//!
//! # Display hash
//! SHA-256 over these byte strings, one after the other; `s(x)` is the length of `x` in bytes as 32 bits, most significant
//! byte first, then `x` in UTF-8:
//!
//! ```text
//! number of fields, 32 bits, most significant byte first
//! for each field in order: s(id) s(label_key) s(value) s(role) s(direction) s(emphasis)
//! s(locale)          en, de, fr, es or ja
//! s(model version)   MODEL_VERSION, now "2"
//! ```
//!
//! `MODEL_VERSION` changes whenever the same request gives other fields or values: another order, another wording of a value,
//! another rule in [`crate::text`]. Labels may be reworded by an app; their keys are hashed, not their text.

pub mod labels;

mod binding;
mod details;
mod display;
mod field;
mod hash;
mod report;
mod time;

pub use binding::{BindingError, BindingValue};
pub use display::{Display, MAX_DETAILS, NotApprovable, display};
pub use field::{Emphasis, Field, FieldId, FieldIdError, Role};
pub use hash::MODEL_VERSION;
pub use labels::LabelKey;
pub use report::{DisplayPolicy, NotRendered, RenderReport, Review, Ticket};
pub use time::rfc3339;

#[cfg(test)]
mod tests;
