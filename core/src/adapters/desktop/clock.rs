//! The clocks of a computer.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use countersign_device::platform::{Clock, ClockError, ClockReading};
use countersign_protocol::jose::{base64url, random};
use countersign_protocol::message::claims::Timestamp;

/// Reads the clocks of the operating system.
///
/// On Linux the monotonic time is the kernel's time since boot, including sleep, with its boot id.
/// On other systems each process counts as a boot. There, trusted time falls back to the wall clock
/// after a restart of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let wall = Timestamp::from_seconds(i64::try_from(wall).unwrap_or(i64::MAX));
        match (uptime_ms(), boot_id()) {
            (Some(monotonic_ms), Some(boot_id)) => Ok(ClockReading { monotonic_ms, boot_id, wall }),
            _ => of_process(wall),
        }
    }
}

/// Reads the uptime from `/proc/uptime`, which has the form `12345.67 …` (seconds).
fn uptime_ms() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let (seconds, hundredths): (u64, u64) = (seconds.parse().ok()?, hundredths.parse().ok()?);
    Some(seconds * 1000 + hundredths * 10)
}

fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// Returns a reading whose boot is this process.
fn of_process(wall: Timestamp) -> Result<ClockReading, ClockError> {
    static START: OnceLock<(Instant, Result<String, ClockError>)> = OnceLock::new();
    let (start, boot_id) = START.get_or_init(|| {
        let id = random::bytes::<16>().map(base64url::encode).map_err(|error| ClockError(error.to_string()));
        (Instant::now(), id)
    });
    let monotonic_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(ClockReading { monotonic_ms, boot_id: boot_id.clone()?, wall })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_time_never_decreases_within_a_boot() {
        let (first, second) = (SystemClock.read().unwrap(), SystemClock.read().unwrap());
        assert_eq!(first.boot_id, second.boot_id);
        assert!(second.monotonic_ms >= first.monotonic_ms);
        let (first, second) = (of_process(first.wall).unwrap(), of_process(first.wall).unwrap());
        assert_eq!(first.boot_id, second.boot_id);
        assert!(!first.boot_id.is_empty() && second.monotonic_ms >= first.monotonic_ms);
    }
}
