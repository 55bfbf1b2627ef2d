//! Pushes over a connection that the phone keeps open: Server-Sent Events, one event `push` per
//! payload.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::{Thumbprint, sealed};
use countersign_protocol::message::claims::EnrolmentId;
use futures_util::stream;
use tokio::time::Instant;

use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, GatewayError};
use crate::model::Enrolment;
use crate::push::Payload;
use crate::push::stream::{Connection, MAX_LIFETIME};
use crate::shutdown::Shutdown;
use crate::store::Store;

/// The time between two comments that keep the connection alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The time after which the enrolment of an open stream is read again.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// The time for which a stream waits for the status that ended its enrolment. The push is sent
/// after the change is stored.
const LAST_STATUS_WAIT: Duration = Duration::from_secs(5);

/// Marks the response of a stream. Such a response does not end soon.
#[derive(Clone, Copy)]
pub(crate) struct Streaming;

/// The payloads that one connection still has to send.
struct Feed {
    waiting: VecDeque<Payload>,
    connection: Connection,
    shutdown: Shutdown,
    owner: Owner,
    ends: Instant,
    /// The enrolment has ended. At most one more payload was sent since.
    ended: bool,
}

/// The phone that opened a stream.
struct Owner {
    store: Store,
    enrolment: EnrolmentId,
    /// The key that authenticated the call.
    dk: Thumbprint,
}

impl Gateway {
    /// Handles `GET /adp/v1/stream`. Pending requests are announced again first. A phone ignores
    /// requests that it knows.
    ///
    /// The stream ends after its lifetime, when the enrolment is revoked, and when its DK is
    /// replaced. A suspended phone keeps it: the end of the suspension is announced there.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn stream(&self, phone: &Enrolment) -> Result<Response, CallProblem> {
        if phone.is_revoked() {
            return Err(CallProblem::rejected("stream of a revoked phone"));
        }
        // Connected before the database is read. A request made in between is announced twice.
        let connection = self.parts.channels.streams.connect(&phone.handle, &phone.account);
        let connection = connection.ok_or_else(|| CallProblem::new(ProblemCode::TooMany, "streams of all phones"))?;
        let waiting = self.announcements(phone).await?;
        let store = self.parts.store.clone();
        let owner = Owner { store, enrolment: phone.id.clone(), dk: phone.keys.dk.thumbprint() };
        let ends = Instant::now() + MAX_LIFETIME;
        let feed = Feed { waiting, connection, shutdown: self.parts.shutdown.clone(), owner, ends, ended: false };
        let events = stream::unfold(feed, |mut feed| async {
            let payload = feed.next().await?;
            Some((Ok::<_, Infallible>(Event::default().event("push").data(payload.as_str())), feed))
        });
        let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
        // nginx would buffer the response, so that no push arrives.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        response.extensions_mut().insert(Streaming);
        Ok(response)
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
    /// Returns the next payload, or `None` at the end of the stream. The enrolment is read after
    /// each payload, because it can be the status that revokes the enrolment, and once a minute. If
    /// the enrolment has ended, the status that says so may still be on its way.
    async fn next(&mut self) -> Option<Payload> {
        if let Some(payload) = self.waiting.pop_front() {
            return Some(payload);
        }
        while !self.ended && self.owner.may_listen().await {
            let check = tokio::time::sleep(CHECK_INTERVAL);
            tokio::select! {
                payload = self.connection.next() => return payload,
                () = self.shutdown.requested() => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
                () = check => {}
            }
        }
        if std::mem::replace(&mut self.ended, true) {
            tracing::debug!("a stream ended with its enrolment");
            return None;
        }
        tokio::select! {
            payload = self.connection.next() => payload,
            () = self.shutdown.requested() => None,
            () = tokio::time::sleep(LAST_STATUS_WAIT) => None,
        }
    }
}

impl Owner {
    /// Returns true while the enrolment and its DK are the ones that opened the stream. If the
    /// database fails, the next check decides.
    async fn may_listen(&self) -> bool {
        let found = async { self.store.read().await?.enrolment(&self.enrolment).await };
        match found.await {
            Ok(phone) => phone.is_some_and(|phone| !phone.is_revoked() && phone.keys.dk.thumbprint() == self.dk),
            Err(error) => {
                tracing::warn!(%error, "the enrolment of a stream could not be read; trying again");
                true
            }
        }
    }
}
