//! Asking a person on their phones, and what they said.

use std::fmt;
use std::time::Duration;

use countersign_core::message::Timestamp;
use countersign_core::message::request::{Client, Context};
use serde_json::value::RawValue;

use super::{Fault, Gateway};
use crate::policy::Refusal;

/// Names an ask. Stays inside the server: phones know another name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AskId(pub(crate) String);

impl AskId {
    /// Takes the text of an id as it was stored; an unknown one is no error until it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One question to one person.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Whose phones.
    pub user: String,
    /// Who wants to know.
    pub client: Client,
    /// Scope values the client asks for, separated by spaces.
    pub scope: Option<String>,
    /// Authentication context class the client asks for.
    pub acr: Option<String>,
    /// How the question is tied to the screen where it began.
    pub binding: AskedBinding,
    /// RFC 9396 authorization details, each exactly as received.
    pub details: Vec<Box<RawValue>>,
    /// Where it began.
    pub context: Option<Context>,
    /// How long it waits; the policy's own lifetime is the most.
    pub lifetime: Duration,
}

/// How an ask is tied to the screen where it began.
#[derive(Clone, PartialEq, Eq)]
pub enum AskedBinding {
    /// Not at all.
    None,
    /// The phone shows this text, the person compares.
    Display(String),
    /// The phone shows this value between two decoys, the person picks.
    Choice(String),
    /// The phone never gets this value, the person types it.
    Entry(String),
}

impl fmt::Debug for AskedBinding {
    /// Without the value: an entry value in a log would be a code in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Display(_) => "Display",
            Self::Choice(_) => "Choice",
            Self::Entry(_) => "Entry",
        })
    }
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The account has no active phone.
    #[error("the account has no active phone: add one first")]
    NoDevice,
    /// An authorization detail a phone could never show.
    #[error("authorization_details: {0}")]
    BadDetails(String),
    /// A binding value that does not fit its mode, or a mode below the policy's floor.
    #[error("binding_message: {0}")]
    BadBinding(String),
    /// More than a request may hold (8 KiB signed).
    #[error("the request is larger than a phone accepts: send shorter details or a shorter message")]
    TooLong,
    /// The account's history or load forbids it now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The gateway could not do its work.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    Pending,
    /// Yes.
    Approved(Assurance),
    /// No, or the phone's answer broke the policy (`reason` is then `policy`).
    Denied {
        /// `not_me`, `wrong_details`, `unexpected`, `other` or `policy`.
        reason: String,
    },
    /// They typed or chose another value than the screen showed.
    BindingMismatch,
    /// The time is over.
    Expired,
    /// The caller cancelled it, or the last phone it waited at was removed.
    Cancelled,
}

/// How sure an approval is, told from the key that signed it and from what is *proved* of that key.
///
/// A phone says how its keys are protected, but attestation is not verified yet, so nothing is proved and every key counts as
/// software: `acr` is `urn:countersign:acr:uv-software`, `amr` (RFC 8176) is `swk` for the software key and `user` for the
/// test of user presence without which that key does not sign. `hwk` and a hardware `acr` come with verified attestation only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// Authentication context class.
    pub acr: String,
    /// Authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// When the approval arrived.
    pub auth_time: Timestamp,
}

impl Gateway {
    /// Sends one signed request to every active phone of the user. The first decision wins.
    pub async fn ask(&self, _ask: Ask) -> Result<AskId, AskError> {
        todo!()
    }

    /// What the person said; `None` when there is no such ask.
    pub async fn outcome(&self, _ask: &AskId) -> Result<Option<Outcome>, Fault> {
        todo!()
    }

    /// Withdraws an ask that still waits. False when it had ended before.
    pub async fn cancel(&self, _ask: &AskId) -> Result<bool, Fault> {
        todo!()
    }
}
