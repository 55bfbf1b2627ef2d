//! The platform below the core: this computer's parts, controlled by the switches.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SystemClock, UserPresence};
use countersign_core::message::claims::Timestamp;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, HttpRequest, HttpResponse, KeyStoreError, Prompt, Transport, TransportError,
};

use super::switches::{Biometric, Switches};

/// HTTP that fails while the phone is offline.
pub(super) struct SwitchedTransport {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) switches: Arc<Switches>,
}

#[async_trait]
impl Transport for SwitchedTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if !self.switches.is_online() {
            return Err(TransportError::Unreachable);
        }
        self.inner.send(request).await
    }
}

/// The computer's clock with the shifts of the switches. The monotonic clock never falls below
/// zero.
pub(super) struct SwitchedClock(pub(super) Arc<Switches>);

impl Clock for SwitchedClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        let ClockReading { monotonic_ms, boot_id, wall } = SystemClock.read()?;
        let shift = self.0.shift();
        let wall = Timestamp::from_seconds(wall.seconds().saturating_add(shift).saturating_add(self.0.wall_shift()));
        let monotonic_ms = monotonic_ms.saturating_add_signed(shift.saturating_mul(1000));
        Ok(ClockReading { monotonic_ms, boot_id, wall })
    }
}

/// The fingerprint sensor.
pub(super) struct Sensor(pub(super) Arc<Switches>);

#[async_trait]
impl UserPresence for Sensor {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        match self.0.biometric() {
            Biometric::Ok => Ok(()),
            Biometric::Fail => Err(KeyStoreError::NotVerified),
            Biometric::Cancel => Err(KeyStoreError::Cancelled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_moves_both_clocks_and_wall_shift_one() {
        let switches = Arc::new(Switches::default());
        let clock = SwitchedClock(switches.clone());
        let before = clock.read().unwrap();
        switches.set_shift(3600);
        let later = clock.read().unwrap();
        assert!(later.monotonic_ms >= before.monotonic_ms + 3_600_000);
        assert!(later.wall.since(before.wall) >= 3600);
        switches.set_shift(0);
        switches.set_wall_shift(-7200);
        let wrong = clock.read().unwrap();
        assert!(wrong.wall.since(before.wall) <= -7100);
        assert!(wrong.monotonic_ms.abs_diff(before.monotonic_ms) < 60_000);
    }
}
