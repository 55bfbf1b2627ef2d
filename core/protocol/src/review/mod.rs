//! What you see is what you sign: from a verified request to the fields on the screen, to the one-use [`Ticket`] that an
//! approval needs.
//!
//! ```text
//! Request ──display──▶ Display { fields, approvable, hash }        (both sides: the server computes the same hash)
//! Request ──Review::new──▶ Review ──rendered(report, policy)──▶ Ticket ──▶ approve
//! ```
//!
//! # Order of the fields
//! `client`, `issuer`, `scope`, `message`; the fields of each authorization detail (or `detail` for one that cannot be drawn);
//! `binding`, `place`, `agent`, `ip`, `began`, `expiry`. What a request does not have is left out. The fields of the second detail are
//! `amount.2`, `payee.2` and so on, whatever the first one has; where a detail has several of a role, they are `amount.1.1`,
//! `amount.1.2` and so on.
//!
//! | detail | fields |
//! |---|---|
//! | payment | `amount`, `payee`, `account`, `bank`, `reference`, `end_to_end`; `date` or the schedule; `from` |
//! | schedule of a standing order | `frequency`, `months`, `day`, `start`, `end`, `rule` |
//! | batch | `count`, `total` by currency, `date`, `from`; then each payment |
//! | account access | `access` by what may be read, `frequency`, `end`, `location` |
//! | declared type | `kind`; then each `member` |
//!
//! # Display hash
//! SHA-256 over these byte strings, one after the other; `s(x)` is the length of `x` in bytes as 32 bits, most significant
//! byte first, then `x` in UTF-8:
//!
//! ```text
//! number of fields, 32 bits, most significant byte first
//! for each field in order: s(id) s(label_key) s(label) s(value) s(role) s(direction) s(emphasis)
//! s(locale)          en, de, fr, es or ja
//! s(model version)   MODEL_VERSION, now "3"
//! ```
//!
//! `label` is the wording that the bank declared for a member of its own type, and empty for every other field.
//!
//! `MODEL_VERSION` changes whenever the same request gives other fields or values: another order, another wording of a value,
//! another rule in [`crate::text`]. An app may word the other labels its own way: of them the keys are hashed, not
//! the text.

pub mod labels;

mod binding;
mod details;
mod display;
mod field;
mod hash;
mod report;

pub use crate::date::rfc3339;
pub use binding::{BindingError, BindingValue};
pub use display::{Display, MAX_DETAILS, NotApprovable, display};
pub use field::{Emphasis, Field, FieldId, FieldIdError, Role};
pub use hash::MODEL_VERSION;
pub use labels::LabelKey;
pub use report::{DisplayPolicy, NotRendered, RenderReport, Review, Ticket};

#[cfg(test)]
mod tests;
