//! The shell's clock.

use std::sync::Arc;

use countersign_core::message::claims::Timestamp;
use countersign_core::platform;

/// The clocks of the phone.
///
/// The wall clock is not trusted. The monotonic clock advances the issuer's signed time.
#[uniffi::export(foreign)]
pub trait DeviceClock: Send + Sync {
    /// Reads all clocks at one moment.
    fn read(&self) -> Result<ClockReading, ClockError>;
}

/// The readings of one moment.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClockReading {
    /// Milliseconds since a fixed point of this boot, including sleep: Android's `elapsedRealtime`,
    /// Apple's `mach_continuous_time`.
    pub monotonic_ms: u64,
    /// A text that changes when the phone restarts: Android's `Settings.Global.BOOT_COUNT`, Apple's
    /// `kern.bootsessionuuid`.
    pub boot_id: String,
    /// The wall clock in milliseconds since 1970-01-01 UTC. It is only a hint.
    pub wall_ms: i64,
}

/// The reason why the clock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ClockError {
    /// The platform failed.
    #[error("{reason}")]
    Unreadable {
        /// The reason in the platform's wording.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ClockError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreadable { reason: error.reason }
    }
}

pub(crate) struct Foreign(pub(crate) Arc<dyn DeviceClock>);

impl platform::Clock for Foreign {
    fn read(&self) -> Result<platform::ClockReading, platform::ClockError> {
        let reading = self.0.read().map_err(|ClockError::Unreadable { reason }| platform::ClockError(reason))?;
        Ok(platform::ClockReading {
            monotonic_ms: reading.monotonic_ms,
            boot_id: reading.boot_id,
            wall: Timestamp::from_seconds(reading.wall_ms.div_euclid(1000)),
        })
    }
}
