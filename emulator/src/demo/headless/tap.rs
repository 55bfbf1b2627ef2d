//! A transport between phone and server that records decisions and receipts and can lose receipts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use countersign_core::adapters::http::HttpTransport;
use countersign_core::platform::{HttpRequest, HttpResponse, Method, Transport, TransportError};

/// A transport that records decisions.
#[derive(Default)]
pub(super) struct Tap {
    http: HttpTransport,
    seen: Mutex<Vec<Exchange>>,
    losing: AtomicBool,
}

/// One decision and its response.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) decision: Vec<u8>,
    pub(super) status: u16,
    pub(super) receipt: Vec<u8>,
}

impl Tap {
    /// Sets whether receipts are lost. The server still receives the decisions.
    pub(super) fn lose_receipts(&self, losing: bool) {
        self.losing.store(losing, Ordering::Relaxed);
    }

    /// Returns all exchanges that ended with a receipt.
    pub(super) fn receipts(&self) -> Vec<Exchange> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|exchange| exchange.status == 200).cloned().collect()
    }

    /// Returns how many times a decision was sent, including repetitions with the server's nonce.
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
        // A 401 requests the nonce, so the decision has not been processed.
        if self.losing.load(Ordering::Relaxed) && answer.status == 200 {
            return Err(TransportError::Timeout);
        }
        Ok(answer)
    }
}
