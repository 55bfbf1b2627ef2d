//! The phone's state as JSON of the automation API.

use countersign_core::EnrolmentInfo;
use countersign_core::device::{Entry, EntryState};
use countersign_core::jose::Digest;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::DecisionKind;
use countersign_core::message::enrolment::KeySetProtection;
use countersign_core::message::inbox::ClosedState;
use countersign_core::message::receipt;
use countersign_core::message::request::{Binding, BindingMode, Charset};
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::{Emphasis, Field, LabelKey, Role};
use countersign_core::text::Direction;
use serde::Serialize;

use super::journal::VerifyError;
use super::switches::{Biometric, Push};

/// The response to `GET /api/state`.
#[derive(Debug, Serialize)]
pub(crate) struct StateView {
    pub(crate) online: bool,
    /// True if pushes can reach every enrolment.
    pub(crate) listening: bool,
    pub(crate) push: Push,
    pub(crate) biometric: Biometric,
    pub(crate) clock_shift_s: i64,
    pub(crate) wall_shift_s: i64,
    /// Trusted time, in seconds since 1970.
    pub(crate) now: i64,
    pub(crate) storage: &'static str,
    pub(crate) enrolments: Vec<EnrolmentView>,
    pub(crate) requests: Vec<RequestView>,
    pub(crate) rejections: Vec<VerifyError>,
    pub(crate) last_push: Option<PushView>,
}

/// The last push, whether it was discarded or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct PushView {
    pub(crate) kind: &'static str,
    pub(crate) bytes: usize,
    pub(crate) sealed: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct EnrolmentView {
    pub(crate) id: EnrolmentId,
    pub(crate) issuer: String,
    pub(crate) issuer_name: String,
    pub(crate) account: String,
    pub(crate) state: EnrolmentState,
    pub(crate) confirm_code: Option<String>,
    /// The protection of the keys: one name, or all three if they differ.
    pub(crate) protection: String,
}

impl From<EnrolmentInfo> for EnrolmentView {
    fn from(info: EnrolmentInfo) -> Self {
        Self {
            id: info.id,
            issuer: info.issuer.to_string(),
            issuer_name: info.account.issuer_name,
            account: info.account.label,
            state: info.state,
            confirm_code: info.confirm_code,
            protection: protection(&info.protection),
        }
    }
}

fn protection(KeySetProtection { dk, uvk, ek }: &KeySetProtection) -> String {
    if dk == uvk && uvk == ek { dk.as_str().to_owned() } else { [dk, uvk, ek].map(|key| key.as_str()).join(", ") }
}

/// One request in the list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequestView {
    pub(crate) id: Txn,
    pub(crate) enrolment: EnrolmentId,
    pub(crate) state: RequestState,
    /// The client's name, made safe for display.
    pub(crate) client: String,
    pub(crate) received_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) decision: Option<DecisionKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequestState {
    Pending,
    Queued,
    Confirmed,
    Failed,
    Expired,
}

impl RequestView {
    pub(crate) fn of(enrolment: EnrolmentId, entry: &Entry) -> Self {
        let (state, outcome, decision) = standing(&entry.state);
        Self {
            id: entry.request.txn.clone(),
            enrolment,
            state,
            client: countersign_core::text::name(&entry.request.client.name).shown().to_owned(),
            received_at: entry.received_at.seconds(),
            expires_at: entry.request.exp.seconds(),
            outcome,
            decision,
        }
    }
}

/// Returns the state, outcome and decision of a request.
pub(crate) fn standing(state: &EntryState) -> (RequestState, Option<&'static str>, Option<DecisionKind>) {
    match state {
        EntryState::Pending => (RequestState::Pending, None, None),
        EntryState::Queued(decision) => (RequestState::Queued, None, Some(decision.kind)),
        EntryState::Settled(settled) => {
            let decision = settled.decision.kind;
            match (settled.outcome, decision) {
                (receipt::Outcome::Accepted, DecisionKind::Approve) => {
                    (RequestState::Confirmed, Some("accepted"), Some(decision))
                }
                (receipt::Outcome::Accepted, DecisionKind::Deny) => {
                    (RequestState::Confirmed, Some("denied"), Some(decision))
                }
                (outcome, _) => (RequestState::Failed, Some(outcome.as_str()), Some(decision)),
            }
        }
        EntryState::Abandoned(decision) => (RequestState::Failed, Some("abandoned"), Some(decision.kind)),
        EntryState::Ended(ClosedState::Decided) => (RequestState::Failed, Some("already_decided"), None),
        EntryState::Ended(ClosedState::Cancelled) => (RequestState::Failed, Some("cancelled"), None),
        EntryState::Ended(ClosedState::Expired) => (RequestState::Expired, Some("expired"), None),
    }
}

/// The response to `GET /api/requests/{id}`: the content of the approval screen.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DetailsView {
    pub(crate) id: Txn,
    pub(crate) state: RequestState,
    pub(crate) approvable: bool,
    /// The stable code of the reason; absent if the request is approvable.
    pub(crate) not_approvable: Option<&'static str>,
    pub(crate) binding: BindingView,
    pub(crate) fields: Vec<FieldView>,
    pub(crate) expires_at: i64,
    pub(crate) display_hash: Digest,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct BindingView {
    pub(crate) mode: BindingMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) options: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) length: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) charset: Option<Charset>,
}

impl From<&Binding> for BindingView {
    fn from(binding: &Binding) -> Self {
        let (options, length, charset) = match binding {
            Binding::None | Binding::Display | Binding::Scan => (None, None, None),
            Binding::Choice { options } => (Some(options.clone()), None, None),
            Binding::Entry { length, charset } => (None, Some(*length), Some(*charset)),
        };
        Self { mode: binding.mode(), options, length, charset }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct FieldView {
    pub(crate) id: String,
    pub(crate) label_key: LabelKey,
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) role: Role,
    pub(crate) direction: Direction,
    pub(crate) emphasis: Emphasis,
}

impl FieldView {
    pub(crate) fn of(field: &Field, locale: Locale) -> Self {
        Self {
            id: field.id.to_string(),
            label_key: field.label_key,
            label: field.label(locale).to_owned(),
            value: field.value.clone(),
            role: field.role,
            direction: field.direction,
            emphasis: field.emphasis,
        }
    }
}

/// The result of sending a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct DecisionView {
    pub(crate) outcome: Outcome,
    pub(crate) receipt: Option<ReceiptView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Confirmed,
    Queued,
    Unconfirmed,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ReceiptView {
    pub(crate) outcome: &'static str,
}

impl From<countersign_core::Outcome> for DecisionView {
    fn from(outcome: countersign_core::Outcome) -> Self {
        let receipt = |outcome: receipt::Outcome| Some(ReceiptView { outcome: outcome.as_str() });
        match outcome {
            countersign_core::Outcome::Confirmed => {
                Self { outcome: Outcome::Confirmed, receipt: receipt(receipt::Outcome::Accepted) }
            }
            countersign_core::Outcome::Queued => Self { outcome: Outcome::Queued, receipt: None },
            countersign_core::Outcome::Unconfirmed => Self { outcome: Outcome::Unconfirmed, receipt: None },
            countersign_core::Outcome::Failed(why) => Self { outcome: Outcome::Failed, receipt: receipt(why) },
        }
    }
}

/// The kind of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Received {
    Request,
    Fetch,
    Duplicate,
    Status,
    Rejected,
}
