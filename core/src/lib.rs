//! The authentication device of OpenID CIBA.
//!
//! A bank's server asks; the customer's phone shows exactly what is asked; the customer approves or
//! denies; the server gets a signed answer that says what was shown. This crate is the phone's half
//! of that, without a screen: registration, verification of pushes, the display model, signed
//! decisions, and the state that survives in between. The server uses its [`jose`], [`message`] and
//! [`review`] too, so that both sides have one idea of every byte.
//!
//! ```
//! use countersign_core::message::offer::Offer;
//!
//! // The link behind the QR code that the bank's page shows. Nothing in it is trusted yet.
//! let link = "https://app.bank.example/enrol#v=1&i=https%3A%2F%2Fbank.example&e=offer-1&c=AAECAwQFBgcICQoLDA0ODw\
//!             &p=MRTTUZXdYsW9yRuFzBNbs5Uf8e46IunaKEzLuTN74Bw";
//! let offer = Offer::parse(link)?;
//! assert_eq!(offer.issuer.as_str(), "https://bank.example");
//! # Ok::<(), countersign_core::message::offer::OfferError>(())
//! ```
//!
//! | floor | module | subject |
//! |---|---|---|
//! | 1 | [`jose`] | the one JOSE suite |
//! | 2 | [`message`] | every message of the protocol as a type |
//! | 3 | [`text`], [`details`] | what may be shown; typed `authorization_details` |
//! | 4 | [`review`] | request → fields → report → ticket |
//! | 5 | [`evidence`] | request, answer and receipt that stand alone |
//! | 5 | [`device`] | the phone's life as pure transitions |
//! | 6 | [`authenticator`] | the façade over the traits of [`platform`] |
//! | 7 | [`adapters`] | HTTP by reqwest, software keys, state file |
//!
//! `docs/protocol.md` is the protocol, `docs/architecture.md` the map.
pub mod adapters;

pub use countersign_device::authenticator::{
    ApprovalSession, Authenticator, Config, EnrolmentInfo, HistoryEntry, Outcome, PendingRequest, Received, Review,
    Ticket,
};
pub use countersign_device::error::{AuthenticatorError, Rejected};
pub use countersign_device::platform::Platform;
pub use countersign_device::{authenticator, device, error, platform};
pub use countersign_protocol::{details, evidence, jose, message, review, text};
