//! Time, from the shell.

use std::sync::Arc;

use countersign_core::message::claims::Timestamp;
use countersign_core::platform;

/// Time as the phone knows it. None of it is trusted alone: the bank's signed times are carried forward by the monotonic clock.
#[uniffi::export(foreign)]
pub trait DeviceClock: Send + Sync {
    /// All readings of one moment.
    fn read(&self) -> Result<ClockReading, ClockError>;
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClockReading {
    /// Milliseconds since some point of this boot, also counting while the phone sleeps: Android's `elapsedRealtime`, Apple's
    /// `mach_continuous_time`.
    pub monotonic_ms: u64,
    /// Something that changes when the phone restarts: Android's `Settings.Global.BOOT_COUNT`, Apple's `kern.bootsessionuuid`.
    pub boot_id: String,
    /// The wall clock, in milliseconds since 1970-01-01 UTC: a hint.
    pub wall_ms: i64,
}

/// The clock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ClockError {
    /// Why, in the platform's words.
    #[error("{reason}")]
    Unreadable {
        /// Why.
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
