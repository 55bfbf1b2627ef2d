//! From a verified request to the fields on the screen, and to the one-use [`Ticket`] that an
//! approval needs.
//!
//! ```text
//! Request ──display──▶ Display { fields, approvable, hash }   (the server computes the same hash)
//! Request ──Review::new──▶ Review ──rendered(report, policy)──▶ Ticket ──▶ approve
//! ```
//!
//! # Order of the fields
//! The fields are `client`, `issuer`, `scope` and `message`, then the fields of each authorization
//! detail (or `detail` for one that cannot be drawn), then `binding`, `place`, `agent`, `ip`,
//! `began` and `expiry`. Fields without content are omitted. The fields of the second detail are
//! `amount.2`, `payee.2` and so on, whatever the first detail has. If a detail has several fields
//! of a role, they are `amount.1.1`, `amount.1.2` and so on.
//!
//! | detail | fields |
//! |---|---|
//! | payment | `amount`, `payee`, `account`, `bank`, `reference`, `end_to_end`; `date` or the schedule; `from` |
//! | schedule of a standing order | `frequency`, `months`, `day`, `start`, `end`, `rule` |
//! | batch | `count`, `total` by currency, `date`, `from`; then each payment |
//! | several payment details (model 4) | `count.0`, `total.0.1` by currency; before the details |
//! | account access | `access` by kind of data, `frequency`, `end`, `location` |
//! | declared type | `kind`; then each `member` |
//!
//! # Display hash
//! The display hash is SHA-256 over these concatenated byte strings. `s(x)` is the length of `x` in
//! bytes as 32 bits, most significant byte first, followed by `x` in UTF-8:
//!
//! ```text
//! number of fields, 32 bits, most significant byte first
//! for each field in order: s(id) s(label_key) s(label) s(value) s(role) s(direction) s(emphasis)
//! s(locale)          en, de, fr, es or ja
//! s(model version)   "3" or "4"
//! ```
//!
//! `label` is the wording that the bank declared for a member of a declared type. It is empty for
//! every other field.
//!
//! A new [`Model`] is needed whenever the same request gives other fields or values: another order,
//! another wording of a value, or another rule in [`crate::text`]. Published models stay available.
//! Apps can use their own wording for other labels, because the hash covers only their keys.

pub mod labels;

mod binding;
mod details;
mod display;
mod field;
mod hash;
mod model;
mod report;
mod role;
mod session;

pub use crate::date::rfc3339;
pub(crate) use binding::has_binding_shape;
pub use binding::{BindingError, BindingReason, BindingValue};
pub use display::{Display, MAX_DETAILS, NotApprovable, display, has_choice_separator};
pub use field::{Emphasis, Field, FieldId, FieldIdError};
pub use labels::LabelKey;
pub use model::{DisplayModel, Model, ModelVersion};
pub use report::{DisplayPolicy, NotRendered, NotRenderedReason, RenderReport, Review, Ticket};
pub use role::Role;
pub use session::{
    FieldHeight, Obstacle, Session, SessionError, SessionEvent, SessionReason, SessionState, TicketError,
};

#[cfg(test)]
mod tests;
