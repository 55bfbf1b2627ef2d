//! Between phone and server: sees the decisions that go out and the receipts that come back, and can lose a receipt on its way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use countersign_core::adapters::http::HttpTransport;
use countersign_core::platform::{HttpRequest, HttpResponse, Method, Transport, TransportError};

/// A transport that remembers decisions.
#[derive(Default)]
pub(super) struct Tap {
    http: HttpTransport,
    seen: Mutex<Vec<Exchange>>,
    losing: AtomicBool,
}

/// One decision on the wire.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) decision: Vec<u8>,
    pub(super) status: u16,
    pub(super) receipt: Vec<u8>,
}

impl Tap {
    /// From now on the server gets decisions, and the phone does not get its receipts.
    pub(super) fn lose_receipts(&self, losing: bool) {
        self.losing.store(losing, Ordering::Relaxed);
    }

    /// Every exchange so far that the server answered with a receipt.
    pub(super) fn receipts(&self) -> Vec<Exchange> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|exchange| exchange.status == 200).cloned().collect()
    }

    /// How many times a decision went out, counting those that had to be sent again with the server's nonce.
    pub(super) fn sent(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[async_trait]
impl Transport for Tap {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let decision =
            (request.method == Method::Post && request.url.ends_with("/decisions")).then(|| request.body.clone());
        let answer = self.http.send(request).await?;
        let Some(decision) = decision else { return Ok(answer) };
        let exchange = Exchange { decision, status: answer.status, receipt: answer.body.clone() };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        // A 401 only asks for the nonce: without it the decision never arrives.
        if self.losing.load(Ordering::Relaxed) && answer.status == 200 {
            return Err(TransportError::Timeout);
        }
        Ok(answer)
    }
}
