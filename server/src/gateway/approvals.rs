//! Approval requests: one signed request to each active phone of an account, and their outcome.

use std::time::Duration;

use countersign_protocol::details::{Detail, DetailError};
use countersign_protocol::jose::signed::SigningInput;
use countersign_protocol::jose::{Digest, JoseError, base64url, random};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Jti, Nonce, Timestamp, Txn};
use countersign_protocol::message::request::{self, Client, Context, MAX_LIFETIME_SECS, Uv};
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _};
use serde_json::value::RawValue;

use super::binding::{self, BindingError, Prepared, RequestedBinding};
use super::{Gateway, GatewayError};
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, Assurance, Enrolment, NewPush, Outcome, PushContent, Request,
    RequestState,
};
use crate::policy::PolicyViolation;
use crate::security_log::{Event, Id};
use crate::store::{Lock, Tx};

/// The window of the rate limits, in seconds.
const RATE_WINDOW_SECS: i64 = 60;

/// The longest counter of messages to a phone, as JSON writes it (RFC 7493).
const MAX_SEQ: u64 = (1 << 53) - 1;

/// The phone that gets a request.
struct Addressee {
    aud: DeviceAudience,
    sub: EnrolmentId,
    seq: u64,
}

/// A new approval request.
#[derive(Debug, Clone)]
pub struct NewApprovalRequest {
    /// The account whose decision is needed. The identifier must never belong to another person:
    /// use `sub`, not a user name.
    pub user: String,
    /// The client that needs it.
    pub client: Client,
    /// The scope values that the client requests, separated by spaces.
    pub scope: Option<String>,
    /// The binding to the other screen.
    pub binding: RequestedBinding,
    /// The authorization details (RFC 9396), each exactly as received.
    pub details: Vec<Box<RawValue>>,
    /// The place where the request began.
    pub context: Option<Context>,
    /// The time until the request expires. The policy limits it.
    pub lifetime: Duration,
}

/// An approval request that was not made.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalRequestError {
    /// The account has no active phone.
    #[error("the account has no active phone: add one first")]
    NoDevice,
    /// A phone cannot show an authorization detail.
    #[error("authorization_details: {0}")]
    BadDetails(String),
    /// The binding value does not fit its mode, or the mode is weaker than the policy allows.
    #[error("binding_message: {0}")]
    BadBinding(String),
    /// The request is larger than 8 KiB when it is signed.
    #[error("the request is larger than a phone accepts: send shorter details or a shorter message")]
    TooLong,
    /// The history or the load of the account does not allow a request now.
    #[error(transparent)]
    Policy(#[from] PolicyViolation),
    /// The gateway failed.
    #[error(transparent)]
    Gateway(GatewayError),
}

impl<E: Into<GatewayError>> From<E> for ApprovalRequestError {
    fn from(error: E) -> Self {
        Self::Gateway(error.into())
    }
}

/// Every `acr` that an approval can have.
pub const ACR_VALUES: [&str; 1] = [Assurance::UV_SOFTWARE];

impl Gateway {
    /// Sends one signed request to every active phone of the account. The first decision is final.
    ///
    /// # Errors
    /// [`ApprovalRequestError`]. No request was made then.
    #[tracing::instrument(skip_all, fields(client = %new.client.id))]
    pub async fn request_approval(&self, new: NewApprovalRequest) -> Result<ApprovalRequestId, ApprovalRequestError> {
        let mut tx = self.parts.store.begin().await?;
        let id = self.request_approval_in(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Makes the approval request in a transaction of the caller. The pushes are sent after its
    /// commit.
    ///
    /// # Errors
    /// [`ApprovalRequestError`]. The caller must not commit then.
    pub(crate) async fn request_approval_in(
        &self,
        tx: &mut Tx,
        new: &NewApprovalRequest,
    ) -> Result<ApprovalRequestId, ApprovalRequestError> {
        let prepared = self.prepare(new)?;
        let now = self.now();
        let max = MAX_LIFETIME_SECS.min(self.parts.policy.request_lifetime_s.into());
        let lifetime = i64::try_from(new.lifetime.as_secs()).unwrap_or(max).clamp(1, max);

        tx.lock_all([Lock::Client(new.client.id.clone()), Lock::account(&new.user)]).await?;
        let guard = tx.guard(&new.user).await?;
        let load = tx.load(&new.user, &new.client.id, now.plus(-RATE_WINDOW_SECS), now).await?;
        self.parts.policy.admits(&guard, &load, now)?;
        let mut phones = tx.enrolments_of_account(&new.user).await?;
        phones.retain(Enrolment::is_active);
        if phones.is_empty() {
            return Err(ApprovalRequestError::NoDevice);
        }
        let approval = ApprovalRequest {
            id: ApprovalRequestId(base64url::encode(random::bytes::<16>()?)),
            account: new.user.clone(),
            client: new.client.id.clone(),
            quiet: self.parts.policy.is_quiet(&guard, now),
            created: now,
            expires: now.plus(lifetime),
            state: ApprovalState::Pending { expected: prepared.expected.clone() },
        };
        let locks = phones.iter().map(|phone| Lock::enrolment(&phone.id));
        tx.lock_all(locks.chain([Lock::approval(&approval.id)])).await?;
        tx.insert_approval_request(&approval).await?;
        for phone in &phones {
            self.insert_request(tx, new, &prepared, &approval, phone).await?;
        }
        let created = Event::ApprovalRequestCreated {
            client: Id::from(&new.client),
            account: self.parts.security_log.account(&new.user),
            approval_request: Id::from(&approval.id),
            phones: phones.len(),
        };
        self.report(tx, &created);
        Ok(approval.id)
    }

    /// Returns the outcome of an approval request, or `None` if there is no such request.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn outcome(&self, id: &ApprovalRequestId) -> Result<Option<Outcome>, GatewayError> {
        let request = self.parts.store.read().await?.approval_request(id).await?;
        Ok(request.map(|request| request.outcome(self.now())))
    }

    /// Returns true if the phone that approved is still active, so that its approval may be used.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    pub async fn approver_is_active(&self, id: &ApprovalRequestId) -> Result<bool, GatewayError> {
        let mut db = self.parts.store.read().await?;
        let requests = db.requests_of(id).await?;
        let Some(approved) = requests.iter().find(|request| request.state == RequestState::Accepted) else {
            return Ok(false);
        };
        Ok(db.enrolment(&approved.enrolment).await?.is_some_and(|phone| phone.is_active()))
    }

    /// Withdraws a pending approval request. Returns false if it has ended before.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails. Nothing was changed then.
    #[tracing::instrument(skip_all)]
    pub async fn cancel(&self, id: &ApprovalRequestId) -> Result<bool, GatewayError> {
        let now = self.now();
        let pending = |request: &ApprovalRequest| request.is_pending() && request.expires > now;
        if !self.parts.store.read().await?.approval_request(id).await?.is_some_and(|request| pending(&request)) {
            return Ok(false);
        }
        let mut tx = self.parts.store.begin().await?;
        tx.lock(Lock::approval(id)).await?;
        let Some(mut request) = tx.approval_request(id).await?.filter(pending) else {
            tx.commit().await?;
            return Ok(false);
        };
        request.cancel()?;
        tx.save_approval_request(&request).await?;
        close_pending(&mut tx, id, RequestState::Cancelled, now).await?;
        self.report(&mut tx, &Event::ApprovalRequestCancelled { approval_request: Id::from(id) });
        tx.commit().await?;
        Ok(true)
    }

    /// Checks the values of the client before anything is stored.
    fn prepare(&self, new: &NewApprovalRequest) -> Result<Prepared, ApprovalRequestError> {
        let prepared = binding::prepare(&new.binding).map_err(|error| match error {
            BindingError::Value(reason) => ApprovalRequestError::BadBinding(reason.to_owned()),
            BindingError::Random(error) => ApprovalRequestError::Gateway(error.into()),
        })?;
        let (policy, mode) = (&self.parts.policy, prepared.binding.mode());
        if mode < policy.binding_floor {
            let needed = policy.binding_floor;
            return Err(ApprovalRequestError::BadBinding(format!(
                "the policy requires a stronger mode than {:?}: {needed:?}",
                new.binding
            )));
        }
        if !policy.accepts(mode) {
            let reason = "the policy does not allow the mode choice: use entry or scan, or set `allow_choice = true`";
            return Err(ApprovalRequestError::BadBinding(reason.to_owned()));
        }
        if new.details.iter().map(|detail| detail.get().len()).sum::<usize>() > MAX_MESSAGE_BYTES {
            return Err(ApprovalRequestError::TooLong);
        }
        for detail in &new.details {
            match Detail::parse(detail.get(), &self.parts.detail_types) {
                // A phone shows an unknown type as such. The user can deny it but not approve it.
                Ok(_) | Err(DetailError::UnknownType(_)) => {}
                Err(error) => return Err(ApprovalRequestError::BadDetails(error.to_string())),
            }
        }
        self.check_length(new, &prepared)?;
        Ok(prepared)
    }

    /// Checks that a phone accepts the length of the request. The check needs no phone, so that a
    /// request that is too long gets the same error for every account.
    fn check_length(&self, new: &NewApprovalRequest, prepared: &Prepared) -> Result<(), ApprovalRequestError> {
        let addressee = Addressee {
            aud: DeviceAudience(self.parts.keys.device().signing().public().thumbprint()),
            sub: EnrolmentId::random()?,
            seq: MAX_SEQ,
        };
        let now = self.now();
        let request = self.message(new, prepared, addressee, Txn::random()?, (now, now))?;
        let kid = self.parts.keys.device().signing().public().thumbprint();
        if SigningInput::new(request::Request::TYP, kid, &request)?.signed_len() > MAX_MESSAGE_BYTES {
            return Err(ApprovalRequestError::TooLong);
        }
        Ok(())
    }

    /// Returns the request for one phone, unsigned. `times` are creation and expiry.
    fn message(
        &self,
        new: &NewApprovalRequest,
        prepared: &Prepared,
        to: Addressee,
        txn: Txn,
        times: (Timestamp, Timestamp),
    ) -> Result<request::Request, JoseError> {
        Ok(request::Request {
            iss: self.parts.issuer.clone(),
            aud: to.aud,
            sub: to.sub,
            jti: Jti::random()?,
            txn,
            iat: times.0,
            exp: times.1,
            seq: to.seq,
            client: new.client.clone(),
            scope: new.scope.clone(),
            acr: None,
            uv: Uv::Required,
            binding: prepared.binding.clone(),
            message: prepared.message.clone(),
            details: (!new.details.is_empty()).then(|| new.details.clone()),
            context: new.context.clone(),
            nonce: Nonce::random()?,
            ext: None,
        })
    }

    /// Signs and stores the request for one phone, and adds its push to the outbox.
    async fn insert_request(
        &self,
        tx: &mut Tx,
        new: &NewApprovalRequest,
        prepared: &Prepared,
        approval: &ApprovalRequest,
        phone: &Enrolment,
    ) -> Result<(), ApprovalRequestError> {
        let txn = Txn::random()?;
        let seq = tx.next_seq(&phone.id).await?;
        let addressee = Addressee { aud: phone.audience(), sub: phone.id.clone(), seq };
        let times = (approval.created, approval.expires);
        let signed = self.sign(&self.message(new, prepared, addressee, txn.clone(), times)?)?;
        let request = Request {
            txn: txn.clone(),
            approval_request: approval.id.clone(),
            enrolment: phone.id.clone(),
            hash: Digest::of(signed.as_bytes()),
            jws: signed,
            state: RequestState::Pending,
            created: approval.created,
            expires: approval.expires,
            closed: None,
        };
        tx.insert_request(&request).await?;
        if !approval.quiet {
            let content = PushContent::Request(txn);
            let (created, expires) = (approval.created, approval.expires);
            tx.enqueue_push(&NewPush { enrolment: phone.id.clone(), content, created, expires }).await?;
        }
        Ok(())
    }
}

/// Ends the pending requests of an approval request. Needs its lock.
pub(super) async fn close_pending(
    tx: &mut Tx,
    id: &ApprovalRequestId,
    to: RequestState,
    now: Timestamp,
) -> Result<(), GatewayError> {
    for mut request in tx.requests_of(id).await? {
        if request.state == RequestState::Pending {
            request.close(to, now)?;
            tx.save_request(&request).await?;
        }
    }
    Ok(())
}

/// Returns true if any phone has not decided yet.
pub(super) async fn has_pending(tx: &mut Tx, id: &ApprovalRequestId) -> Result<bool, GatewayError> {
    Ok(tx.requests_of(id).await?.iter().any(|request| request.state == RequestState::Pending))
}
