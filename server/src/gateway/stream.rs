//! Push by a connection the phone keeps open: Server-Sent Events, one event `push` for each payload.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::sealed;
use countersign_protocol::message::claims::Txn;
use countersign_protocol::message::status::EnrolmentState;
use futures_util::stream;

use super::phone::Phone;
use super::refusal::{Code, Refused};
use super::{Fault, Gateway};
use crate::push::Payload;
use crate::push::stream::Connection;
use crate::shutdown::Shutdown;
use crate::store::StoreError;
use crate::store::requests;

/// How often a comment shows both sides that the connection lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What one open connection still has to send.
struct Feed {
    waiting: VecDeque<Payload>,
    connection: Connection,
    shutdown: Shutdown,
}

impl Gateway {
    /// `GET /adp/v1/stream`. What waits already is announced again first; a phone knows what it has seen.
    pub(super) async fn stream(&self, phone: &Phone) -> Result<Response, Refused> {
        if phone.state == EnrolmentState::Revoked {
            return Err(Refused::rejected("stream of a revoked phone"));
        }
        // Connected before the database is read: what comes in between is announced twice, never lost.
        let connection = self.parts.channels.streams.connect(&phone.handle);
        let connection = connection.ok_or_else(|| Refused::of(Code::TooMany, "streams of one phone"))?;
        let waiting = self.announcements(phone).await?;
        let feed = Feed { waiting, connection, shutdown: self.parts.shutdown.clone() };
        let events = stream::unfold(feed, |mut feed| async {
            let payload = feed.next().await?;
            Some((Ok::<_, Infallible>(Event::default().event("push").data(payload.as_str())), feed))
        });
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
    }

    /// Every waiting request of the phone as a push, but those that are to be quiet.
    async fn announcements(&self, phone: &Phone) -> Result<VecDeque<Payload>, Fault> {
        if phone.state != EnrolmentState::Active {
            return Ok(VecDeque::new());
        }
        let mut db = self.parts.store.pool().acquire().await?;
        let mut payloads = VecDeque::new();
        for request in requests::audible_of(&mut db, phone.id.as_str(), self.now()).await? {
            let txn: Txn = request.txn.parse().map_err(|_| StoreError::Unreadable("request"))?;
            let sealed = sealed::seal(request.jws.as_bytes(), &phone.keys.ek)?;
            payloads.push_back(Payload::sealed_or_wake(&phone.handle, sealed, &txn)?);
        }
        Ok(payloads)
    }
}

impl Feed {
    async fn next(&mut self) -> Option<Payload> {
        if let Some(payload) = self.waiting.pop_front() {
            return Some(payload);
        }
        tokio::select! {
            payload = self.connection.next() => payload,
            () = self.shutdown.requested() => None,
        }
    }
}
