//! Pushes over a connection that the phone keeps open: Server-Sent Events, one event `push` per
//! payload.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::sealed;
use futures_util::stream;

use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, GatewayError};
use crate::model::Enrolment;
use crate::push::Payload;
use crate::push::stream::Connection;
use crate::shutdown::Shutdown;

/// The time between two comments that keep the connection alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The payloads that one connection still has to send.
struct Feed {
    waiting: VecDeque<Payload>,
    connection: Connection,
    shutdown: Shutdown,
}

impl Gateway {
    /// Handles `GET /adp/v1/stream`. Pending requests are announced again first. A phone ignores
    /// requests that it knows.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn stream(&self, phone: &Enrolment) -> Result<Response, CallProblem> {
        if phone.is_revoked() {
            return Err(CallProblem::rejected("stream of a revoked phone"));
        }
        // Connected before the database is read. A request made in between is announced twice.
        let connection = self.parts.channels.streams.connect(&phone.handle);
        let connection = connection.ok_or_else(|| CallProblem::new(ProblemCode::TooMany, "streams of one phone"))?;
        let waiting = self.announcements(phone).await?;
        let feed = Feed { waiting, connection, shutdown: self.parts.shutdown.clone() };
        let events = stream::unfold(feed, |mut feed| async {
            let payload = feed.next().await?;
            Some((Ok::<_, Infallible>(Event::default().event("push").data(payload.as_str())), feed))
        });
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
    }

    /// Returns the pending requests of the phone as pushes, except quiet ones.
    async fn announcements(&self, phone: &Enrolment) -> Result<VecDeque<Payload>, GatewayError> {
        if !phone.is_active() {
            return Ok(VecDeque::new());
        }
        let mut payloads = VecDeque::new();
        let requests = self.parts.store.read().await?.audible_requests(&phone.id, self.now()).await?;
        for request in requests {
            let sealed = sealed::seal(request.jws.as_bytes(), &phone.keys.ek)?;
            payloads.push_back(Payload::sealed_or_wake(&phone.handle, sealed, &request.txn)?);
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
