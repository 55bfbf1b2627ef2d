//! The budget of one issuer in a refresh, so that a slow issuer cannot keep the refresh busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::Inner;
use crate::error::AuthenticatorError;
use crate::platform::{Clock, HttpRequest, HttpResponse, Platform, Transport, TransportError};

/// The time after which a refresh makes no more calls to an issuer.
const MAX_TIME: Duration = Duration::from_secs(45);
/// The maximum number of calls to an issuer in a refresh. A full outbox needs 64 to 128.
const MAX_CALLS: u32 = 200;

/// A transport that fails with [`TransportError::Timeout`] once the budget is used up. A call never
/// takes longer than the rest of the time.
struct Budgeted {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    started_ms: u64,
    calls: AtomicU32,
}

impl Inner {
    /// Returns this device with a new budget for its calls.
    pub(super) fn with_budget(&self) -> Result<Self, AuthenticatorError> {
        let transport = Arc::new(Budgeted {
            transport: self.platform.transport.clone(),
            clock: self.platform.clock.clone(),
            started_ms: self.reading()?.monotonic_ms,
            calls: AtomicU32::new(0),
        });
        Ok(Self { platform: Platform { transport, ..self.platform.clone() }, shared: self.shared.clone() })
    }
}

impl Budgeted {
    /// Counts a call. Returns the time that it may take, or `None` if the budget is used up.
    fn start_call(&self) -> Option<Duration> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= MAX_CALLS {
            return None;
        }
        let now_ms = self.clock.read().ok()?.monotonic_ms;
        let elapsed = Duration::from_millis(now_ms.saturating_sub(self.started_ms));
        MAX_TIME.checked_sub(elapsed).filter(|left| !left.is_zero())
    }
}

#[async_trait]
impl Transport for Budgeted {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let left = self.start_call().ok_or(TransportError::Timeout)?;
        let timeout = request.timeout.min(left);
        self.transport.send(HttpRequest { timeout, ..request }).await
    }
}
