//! The commands and their responses.

use countersign_protocol::date::rfc3339;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::status::EnrolmentState;
use serde::{Deserialize, Serialize};

use crate::gateway::{Gateway, GatewayError, PhoneInfo};

/// A command of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Lists the phones of an account that are not removed, or the suspended phones of all
    /// accounts.
    List {
        /// The account.
        account: Option<String>,
    },
    /// Suspends an active phone.
    Suspend {
        /// The enrolment of the phone.
        enrolment: EnrolmentId,
    },
    /// Lifts the suspension of a phone.
    Reinstate {
        /// The enrolment of the phone.
        enrolment: EnrolmentId,
    },
    /// Removes a phone permanently.
    Remove {
        /// The enrolment of the phone.
        enrolment: EnrolmentId,
    },
}

/// The response to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The phones of a list.
    Phones(Vec<Phone>),
    /// The phone was changed.
    Done(Phone),
    /// The phone has another state, so nothing was changed.
    OtherState(Phone),
    /// There is no such phone.
    Unknown,
    /// The server failed. Its log has the reason. Nothing was changed.
    Failed,
    /// The line was not a command.
    NotUnderstood,
}

/// A phone as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The account.
    pub account: String,
    /// The phone's description of itself. The text is untrusted.
    pub device: String,
    /// The state.
    pub state: EnrolmentState,
    /// The time at which the phone was added (RFC 3339).
    pub added: String,
    /// The time of the suspension (RFC 3339).
    pub suspended_since: Option<String>,
    /// The reason of the suspension: `number_used` or `issuer`.
    pub suspended_reason: Option<String>,
}

impl Command {
    /// Executes the command.
    pub(super) async fn execute(self, gateway: &Gateway) -> Response {
        let executed = match self {
            Self::List { account } => list(gateway, account).await,
            Self::Suspend { enrolment } => change(gateway, &enrolment, Change::Suspend).await,
            Self::Reinstate { enrolment } => change(gateway, &enrolment, Change::Reinstate).await,
            Self::Remove { enrolment } => change(gateway, &enrolment, Change::Remove).await,
        };
        executed.unwrap_or_else(|error| {
            tracing::error!(%error, "a command of the operator failed");
            Response::Failed
        })
    }
}

/// A change of one phone.
#[derive(Clone, Copy)]
enum Change {
    Suspend,
    Reinstate,
    Remove,
}

async fn list(gateway: &Gateway, account: Option<String>) -> Result<Response, GatewayError> {
    let phones = match account {
        Some(account) => {
            let phones = gateway.phones(&account).await?;
            phones.into_iter().map(|phone| Phone::of(account.clone(), phone)).collect()
        }
        None => {
            let phones = gateway.suspended_phones().await?;
            phones.into_iter().map(|(account, phone)| Phone::of(account, phone)).collect()
        }
    };
    Ok(Response::Phones(phones))
}

async fn change(gateway: &Gateway, enrolment: &EnrolmentId, change: Change) -> Result<Response, GatewayError> {
    let Some(account) = gateway.account_of_phone(enrolment).await? else { return Ok(Response::Unknown) };
    let changed = match change {
        Change::Suspend => gateway.suspend(&account, enrolment, true).await?,
        Change::Reinstate => gateway.suspend(&account, enrolment, false).await?,
        Change::Remove => gateway.unenrol(&account, enrolment).await?,
    };
    let Some(phone) = gateway.phone(enrolment).await? else { return Ok(Response::Unknown) };
    let phone = Phone::of(account, phone);
    Ok(if changed { Response::Done(phone) } else { Response::OtherState(phone) })
}

impl Phone {
    fn of(account: String, phone: PhoneInfo) -> Self {
        Self {
            enrolment: phone.id,
            account,
            device: phone.device,
            state: phone.state,
            added: rfc3339(phone.added),
            suspended_since: phone.suspension.map(|suspension| rfc3339(suspension.since)),
            suspended_reason: phone.suspension.map(|suspension| suspension.reason.as_str().to_owned()),
        }
    }
}
