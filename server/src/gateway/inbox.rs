//! What waits for a phone: all of it signed as one, or one request by its name.

use axum::response::Response;
use countersign_protocol::message::claims::{Nonce, Txn};
use countersign_protocol::message::inbox::{Closed, ClosedState, Inbox, MAX_REQUESTS};
use countersign_protocol::message::status::EnrolmentState;

use super::phone::{self, Phone};
use super::refusal::{Code, Refused};
use super::{Fault, Gateway, body, numbers};
use crate::store::StoreError;
use crate::store::requests::{self, RequestRow};

/// How long an ended request stays in the inbox as closed, in seconds after it would have ended by itself.
const CLOSED_WINDOW: i64 = 600;

/// Most closed requests of one inbox.
const MOST_CLOSED: i64 = 50;

impl Gateway {
    /// `GET /adp/v1/requests?nonce=…`. A revoked phone gets an inbox too: the signed word that it is revoked.
    pub(super) async fn inbox(&self, phone: &Phone, nonce: Nonce) -> Result<Response, Refused> {
        let now = self.now();
        let mut db = self.parts.store.write().await?;
        let mut phone =
            Phone::find(&mut db, phone.id.as_str()).await?.ok_or_else(|| Refused::rejected("phone is gone"))?;
        if phone.state == EnrolmentState::Pending && self.code_is_late(&phone) {
            self.revoke(&mut db, &phone).await?;
            phone.state = EnrolmentState::Revoked;
        }
        let open = match phone.state {
            EnrolmentState::Active => requests::pending_of(&mut db, phone.id.as_str(), now).await?,
            EnrolmentState::Pending | EnrolmentState::Suspended | EnrolmentState::Revoked => Vec::new(),
        };
        let ended = requests::closed_of(&mut db, phone.id.as_str(), now - CLOSED_WINDOW, now, MOST_CLOSED).await?;
        let closed = ended.into_iter().map(|(txn, state)| closed(&txn, &state)).collect::<Result<_, _>>()?;
        let inbox = Inbox {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            nonce,
            iat: self.parts.clock.now(),
            seq: phone::next_seq(&mut db, &phone.id).await?,
            number: numbers::highest(&mut db, &phone.id).await?,
            count: u32::try_from(open.len()).unwrap_or(u32::MAX),
            requests: open.into_iter().take(MAX_REQUESTS).map(|request| request.jws).collect(),
            closed,
            status: phone.state,
            policy: self.parts.policy.of_phones(),
        };
        db.commit().await?;
        Ok(body::jose(self.sign(&inbox)?))
    }

    /// `GET /adp/v1/requests/{txn}`: the signed request while it waits.
    pub(super) async fn fetch(&self, phone: &Phone, txn: &str) -> Result<Response, Refused> {
        let mut db = self.parts.store.pool().acquire().await?;
        let waits = |request: &RequestRow| {
            request.enrolment == phone.id.as_str() && request.state == "pending" && request.expires > self.now()
        };
        match requests::request(&mut db, txn).await?.filter(waits) {
            Some(request) if phone.state == EnrolmentState::Active => Ok(body::jose(request.jws)),
            _ => Err(Refused::of(Code::NotFound, "no such request waits for this phone")),
        }
    }
}

fn closed(txn: &str, state: &str) -> Result<Closed, Fault> {
    let txn: Txn = txn.parse().map_err(|_| StoreError::Unreadable("request"))?;
    let state = match state {
        "expired" => ClosedState::Expired,
        "cancelled" => ClosedState::Cancelled,
        _ => ClosedState::Decided,
    };
    Ok(Closed { txn, state })
}
