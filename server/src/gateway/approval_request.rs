//! Asking a person on their phones, and what they said.

use std::fmt;
use std::time::Duration;

use countersign_protocol::details::{Detail, DetailError};
use countersign_protocol::jose::{Digest, base64url, random};
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::{Jti, Nonce, Timestamp, Txn};
use countersign_protocol::message::request::{Client, Context, MAX_LIFETIME_SECS, Request, Uv};
use countersign_protocol::message::status::EnrolmentState;
use serde_json::value::RawValue;
use sqlx::SqliteConnection;

use super::binding::{self, BindingError, Prepared};
use super::phone::{self, Phone};
use super::{Fault, Gateway};
use crate::policy::Refusal;
use crate::store::requests::{self, ApprovalRequestRow, RequestRow};
use crate::store::{StoreError, enrolments};

/// Over how many seconds asks are counted for the rate limits.
const RATE_WINDOW: i64 = 60;

/// Names an ask. Stays inside the server: phones know another name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApprovalRequestId(pub(crate) String);

impl ApprovalRequestId {
    /// Takes the text of an id as it was stored; an unknown one is no error until it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for ApprovalRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One question to one person.
#[derive(Debug, Clone)]
pub struct ApprovalRequest {
    /// Whose phones.
    pub user: String,
    /// Who wants to know.
    pub client: Client,
    /// Scope values the client asks for, separated by spaces.
    pub scope: Option<String>,
    /// Authentication context class the client asks for.
    pub acr: Option<String>,
    /// How the question is tied to the screen where it began.
    pub binding: RequestedBinding,
    /// RFC 9396 authorization details, each exactly as received.
    pub details: Vec<Box<RawValue>>,
    /// Where it began.
    pub context: Option<Context>,
    /// How long it waits; the policy's own lifetime is the most.
    pub lifetime: Duration,
}

/// How an ask is tied to the screen where it began.
#[derive(Clone, PartialEq, Eq)]
pub enum RequestedBinding {
    /// Not at all.
    None,
    /// The phone shows this text, the person compares.
    Display(String),
    /// The phone shows this value between two decoys, the person picks.
    Choice(String),
    /// The phone never gets this value, the person types it: 4 to 12 ASCII letters or digits, compared without spaces, `-` and
    /// case. A value with letters should have those of one case only.
    Entry(String),
    /// The phone never gets this secret but by scanning it: 128 bits as base64url, 22 characters, compared byte for byte.
    Scan(String),
}

impl fmt::Debug for RequestedBinding {
    /// Without the value: an entry value in a log would be a code in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Display(_) => "Display",
            Self::Choice(_) => "Choice",
            Self::Entry(_) => "Entry",
            Self::Scan(_) => "Scan",
        })
    }
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalRequestError {
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
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for ApprovalRequestError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
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
/// A phone says how its keys are protected, but attestation is not verified yet, so nothing is proved and every key
/// counts as software: `acr` is `urn:countersign:acr:uv-software`, `amr` (RFC 8176) is `swk` for the software key and
/// `user` for the test of user presence without which that key does not sign. `hwk` and a hardware `acr` come with
/// verified attestation only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// Authentication context class.
    pub acr: String,
    /// Authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// When the approval arrived.
    pub auth_time: Timestamp,
}

/// Every `acr` an approval can have, today.
pub const ACR_VALUES: [&str; 1] = [Assurance::UV_SOFTWARE];

impl Assurance {
    /// A key of user verification signed; nothing is proved of where it lives.
    pub(super) const UV_SOFTWARE: &str = "urn:countersign:acr:uv-software";

    /// The methods that stand behind [`Self::UV_SOFTWARE`].
    pub(super) const UV_SOFTWARE_AMR: &str = "swk user";
}

impl Gateway {
    /// Sends one signed request to every active phone of the user. The first decision wins.
    ///
    /// # Errors
    /// [`ApprovalRequestError`]: nobody was asked.
    pub async fn ask(&self, ask: ApprovalRequest) -> Result<ApprovalRequestId, ApprovalRequestError> {
        let prepared = self.prepare(&ask)?;
        let now = self.now();
        let most = MAX_LIFETIME_SECS.min(self.parts.policy.request_lifetime_s.into());
        let lifetime = i64::try_from(ask.lifetime.as_secs()).unwrap_or(most).clamp(1, most);

        let mut db = self.parts.store.write().await?;
        let guard = requests::guard(&mut db, &ask.user).await?;
        let load = requests::load(&mut db, &ask.user, &ask.client.id, now - RATE_WINDOW, now);
        self.parts.policy.admits(&guard, &load.await?, now)?;
        let phones = active_phones(&mut db, &ask.user).await?;
        if phones.is_empty() {
            return Err(ApprovalRequestError::NoDevice);
        }
        let row = ApprovalRequestRow {
            id: base64url::encode(random::bytes::<16>()?),
            account: ask.user.clone(),
            client: ask.client.id.clone(),
            state: "pending".to_owned(),
            expected: prepared.expected.clone(),
            quiet: guard.quiet_until > now,
            reason: None,
            acr: None,
            amr: None,
            auth_time: None,
            created: now,
            expires: now + lifetime,
        };
        requests::insert_ask(&mut db, &row).await?;
        let mut announced = Vec::new();
        for phone in phones {
            let (txn, signed) = self.request(&mut db, &ask, &prepared, &row, &phone).await?;
            announced.push((phone, txn, signed));
        }
        db.commit().await?;
        if !row.quiet {
            for (phone, txn, signed) in announced {
                self.push_request(&phone, &signed, &txn).await;
            }
        }
        Ok(ApprovalRequestId(row.id))
    }

    /// What the person said; `None` when there is no such ask.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn outcome(&self, ask: &ApprovalRequestId) -> Result<Option<Outcome>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        let Some(row) = requests::ask(&mut db, &ask.0).await? else { return Ok(None) };
        Ok(Some(match (row.state.as_str(), row.acr, row.amr, row.auth_time) {
            ("pending", ..) if row.expires <= self.now() => Outcome::Expired,
            ("pending", ..) => Outcome::Pending,
            ("approved", Some(acr), Some(amr), Some(auth_time)) => Outcome::Approved(Assurance {
                acr,
                amr: amr.split(' ').map(str::to_owned).collect(),
                auth_time: Timestamp::from_seconds(auth_time),
            }),
            ("denied", ..) => Outcome::Denied { reason: row.reason.unwrap_or_else(|| "other".to_owned()) },
            ("binding_mismatch", ..) => Outcome::BindingMismatch,
            ("cancelled", ..) => Outcome::Cancelled,
            _ => return Err(StoreError::Unreadable("state of an ask").into()),
        }))
    }

    /// Withdraws an ask that still waits. False when it had ended before.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; nothing was changed then.
    pub async fn cancel(&self, ask: &ApprovalRequestId) -> Result<bool, Fault> {
        let now = self.now();
        let mut db = self.parts.store.write().await?;
        let Some(row) = requests::ask(&mut db, &ask.0).await? else { return Ok(false) };
        if row.expires <= now
            || !requests::end_ask(&mut db, &ApprovalRequestRow { state: "cancelled".to_owned(), ..row }).await?
        {
            return Ok(false);
        }
        requests::end_requests_of_ask(&mut db, &ask.0, "cancelled", now).await?;
        db.commit().await?;
        Ok(true)
    }

    /// Checks what the client sent before anything is stored.
    fn prepare(&self, ask: &ApprovalRequest) -> Result<Prepared, ApprovalRequestError> {
        let prepared = binding::prepare(&ask.binding).map_err(|error| match error {
            BindingError::Value(what) => ApprovalRequestError::BadBinding(what.to_owned()),
            BindingError::Random(error) => ApprovalRequestError::Fault(error.into()),
        })?;
        if prepared.binding.mode() < self.parts.policy.binding_floor {
            let needed = self.parts.policy.binding_floor;
            return Err(ApprovalRequestError::BadBinding(format!(
                "the policy asks for more than {:?}: {needed:?}",
                ask.binding
            )));
        }
        if ask.details.iter().map(|detail| detail.get().len()).sum::<usize>() > MAX_MESSAGE_BYTES {
            return Err(ApprovalRequestError::TooLong);
        }
        for detail in &ask.details {
            match Detail::parse(detail.get(), &self.parts.detail_types) {
                // A type that phones do not know goes out: it can be denied, and it says so on the screen.
                Ok(_) | Err(DetailError::UnknownType(_)) => {}
                Err(error) => return Err(ApprovalRequestError::BadDetails(error.to_string())),
            }
        }
        Ok(prepared)
    }

    /// Signs and stores the request for one phone.
    async fn request(
        &self,
        db: &mut SqliteConnection,
        ask: &ApprovalRequest,
        prepared: &Prepared,
        row: &ApprovalRequestRow,
        phone: &Phone,
    ) -> Result<(Txn, String), ApprovalRequestError> {
        let request = Request {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            jti: Jti::random()?,
            txn: Txn::random()?,
            iat: Timestamp::from_seconds(row.created),
            exp: Timestamp::from_seconds(row.expires),
            seq: phone::next_seq(db, &phone.id).await?,
            client: ask.client.clone(),
            scope: ask.scope.clone(),
            acr: ask.acr.clone(),
            uv: Uv::Required,
            binding: prepared.binding.clone(),
            message: prepared.message.clone(),
            details: (!ask.details.is_empty()).then(|| ask.details.clone()),
            context: ask.context.clone(),
            nonce: Nonce::random()?,
            ext: None,
        };
        let signed = self.sign(&request)?;
        if signed.len() > MAX_MESSAGE_BYTES {
            return Err(ApprovalRequestError::TooLong);
        }
        let stored = RequestRow {
            txn: request.txn.to_string(),
            ask: row.id.clone(),
            enrolment: phone.id.to_string(),
            hash: Digest::of(signed.as_bytes()).to_string(),
            jws: signed.clone(),
            state: "pending".to_owned(),
            created: row.created,
            expires: row.expires,
        };
        requests::insert_request(db, &stored).await?;
        Ok((request.txn, signed))
    }
}

async fn active_phones(db: &mut SqliteConnection, account: &str) -> Result<Vec<Phone>, Fault> {
    let rows = enrolments::of_account(db, account).await?;
    let phones = rows.into_iter().map(Phone::read).collect::<Result<Vec<_>, _>>()?;
    Ok(phones.into_iter().filter(|phone| phone.state == EnrolmentState::Active).collect())
}
