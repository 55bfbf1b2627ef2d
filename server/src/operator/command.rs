//! The commands and their responses.

use std::sync::Arc;

use countersign_protocol::date::rfc3339;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::status::EnrolmentState;
use serde::{Deserialize, Serialize};

use crate::base::Base;
use crate::directory::{Directory, DirectoryError};
use crate::gateway::{Gateway, GatewayError, PhoneInfo};

/// The parts of the server that commands use.
pub(crate) struct Operated {
    gateway: Gateway,
    directory: Arc<dyn Directory>,
}

/// A command that was not executed. The log has the reason.
#[derive(Debug, thiserror::Error)]
enum ExecuteError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// A command of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Lists the phones of an account that are not removed, or the suspended phones of all
    /// accounts.
    List {
        /// The user name of the account, or the `sub` of an account that was removed from the
        /// directory.
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
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The user name of the account, or its `sub` if the directory has no such account.
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
    pub(super) async fn execute(self, server: &Operated) -> Response {
        let executed = match self {
            Self::List { account } => server.list(account).await,
            Self::Suspend { enrolment } => server.change(&enrolment, Change::Suspend).await,
            Self::Reinstate { enrolment } => server.change(&enrolment, Change::Reinstate).await,
            Self::Remove { enrolment } => server.change(&enrolment, Change::Remove).await,
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

impl Operated {
    pub(crate) fn of(base: &Base, gateway: &Gateway) -> Self {
        Self { gateway: gateway.clone(), directory: base.directory.clone() }
    }

    async fn list(&self, account: Option<String>) -> Result<Response, ExecuteError> {
        let phones = match account {
            Some(name) => {
                let known = self.directory.account(&name).await?;
                let sub = known.map_or(name, |account| account.sub.clone());
                self.gateway.phones(&sub).await?.into_iter().map(|phone| (sub.clone(), phone)).collect()
            }
            None => self.gateway.suspended_phones().await?,
        };
        let mut listed = Vec::new();
        for (sub, phone) in phones {
            listed.push(Phone::of(self.shown(sub).await?, phone));
        }
        Ok(Response::Phones(listed))
    }

    async fn change(&self, enrolment: &EnrolmentId, change: Change) -> Result<Response, ExecuteError> {
        let gateway = &self.gateway;
        let Some(account) = gateway.account_of_phone(enrolment).await? else { return Ok(Response::Unknown) };
        let changed = match change {
            Change::Suspend => gateway.suspend(&account, enrolment, true).await?,
            Change::Reinstate => gateway.suspend(&account, enrolment, false).await?,
            Change::Remove => gateway.unenrol(&account, enrolment).await?,
        };
        let Some(phone) = gateway.phone(enrolment).await? else { return Ok(Response::Unknown) };
        let phone = Phone::of(self.shown(account).await?, phone);
        Ok(if changed { Response::Done(phone) } else { Response::OtherState(phone) })
    }

    /// Returns the user name of an account, or its `sub` if the directory does not have it.
    async fn shown(&self, sub: String) -> Result<String, DirectoryError> {
        Ok(self.directory.account_by_sub(&sub).await?.map_or(sub, |account| account.username.clone()))
    }
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
