//! The inbox: everything that is pending for a phone as one signed message, or one request by its
//! handle.

use axum::response::Response;
use countersign_protocol::message::claims::{Nonce, Txn};
use countersign_protocol::message::inbox::{Closed, ClosedState, Inbox, MAX_REQUESTS};

use super::phones::RevokeReason;
use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, GatewayError, body};
use crate::model::{Enrolment, RequestState};
use crate::store::Lock;

/// The time after its expiry for which an ended request is listed as closed, in seconds.
const CLOSED_WINDOW_SECS: i64 = 600;

/// The number of closed requests in one inbox.
const MAX_CLOSED: u32 = 50;

impl Gateway {
    /// Handles `GET /adp/v1/requests?nonce=…`. A revoked phone gets an inbox too. It is the signed
    /// statement that the enrolment is revoked.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn inbox(&self, phone: &Enrolment, nonce: Nonce) -> Result<Response, CallProblem> {
        let now = self.now();
        // The counter is taken before the state is read. A later change then has a higher counter,
        // and the phone never replaces it by this inbox.
        let seq = self.inbox_seq(phone).await?;
        let mut db = self.parts.store.read().await?;
        let phone = db.enrolment(&phone.id).await?.ok_or(GatewayError::Missing("an enrolment"))?;
        let open = if phone.is_active() { db.open_requests(&phone.id, now).await? } else { Vec::new() };
        let ended = db.closed_requests(&phone.id, now.plus(-CLOSED_WINDOW_SECS), now, MAX_CLOSED).await?;
        let inbox = Inbox {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            nonce,
            iat: now,
            seq,
            number: db.highest_number(&phone.id).await?,
            count: u32::try_from(open.len()).unwrap_or(u32::MAX),
            requests: open.into_iter().take(MAX_REQUESTS).map(|request| request.jws).collect(),
            closed: ended.into_iter().map(|(txn, state)| Closed { txn, state: closed_state(state) }).collect(),
            status: phone.status(),
            policy: self.parts.policy.of_phones(),
        };
        Ok(body::jose(self.sign(&inbox)?))
    }

    /// Takes the counter of an inbox. Revokes a pending phone whose code was not typed in time.
    async fn inbox_seq(&self, phone: &Enrolment) -> Result<u64, CallProblem> {
        let now = self.now();
        let late = phone.confirmation_is_late(now);
        let mut tx = self.parts.store.begin().await?;
        if late {
            tx.lock(Lock::account(&phone.account)).await?;
        }
        tx.lock(Lock::enrolment(&phone.id)).await?;
        if late {
            let phone = tx.enrolment(&phone.id).await?;
            if let Some(mut phone) = phone.filter(|phone| phone.confirmation_is_late(now)) {
                self.revoke(&mut tx, &mut phone, RevokeReason::Confirmation).await?;
            }
        }
        let seq = tx.next_seq(&phone.id).await?;
        tx.commit().await?;
        Ok(seq)
    }

    /// Handles `GET /adp/v1/requests/{txn}`: the signed request while it is pending.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn fetch(&self, phone: &Enrolment, txn: &str) -> Result<Response, CallProblem> {
        let request = match txn.parse::<Txn>() {
            Ok(txn) => self.parts.store.read().await?.request(&txn).await?,
            Err(_) => None,
        };
        match request.filter(|request| request.enrolment == phone.id && request.is_open(self.now())) {
            Some(request) if phone.is_active() => Ok(body::jose(request.jws)),
            _ => Err(CallProblem::new(ProblemCode::NotFound, "no such request is pending for this phone")),
        }
    }
}

const fn closed_state(state: RequestState) -> ClosedState {
    match state {
        RequestState::Expired => ClosedState::Expired,
        RequestState::Cancelled => ClosedState::Cancelled,
        RequestState::Pending
        | RequestState::Accepted
        | RequestState::BindingMismatch
        | RequestState::DecidedElsewhere
        | RequestState::Policy => ClosedState::Decided,
    }
}
