//! Dates and times on the pages, in UTC.

use countersign_protocol::date::Date;
use countersign_protocol::message::claims::{Locale, Timestamp};

/// Returns a time for the attribute `datetime`, such as `2026-11-30T07:05Z`.
pub(super) fn iso(time: Timestamp) -> String {
    format!("{}T{}Z", Date::of(time), clock(time))
}

/// Returns a time for people, such as `30 November 2026, 07:05`.
pub(super) fn words(time: Timestamp) -> String {
    format!("{}, {}", Date::of(time).format(Locale::En), clock(time))
}

/// Returns hour and minute.
fn clock(time: Timestamp) -> String {
    let minutes = time.seconds().rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_day_and_month_name() {
        let written = |seconds| words(Timestamp::from_seconds(seconds));
        assert_eq!(written(0), "1 January 1970, 00:00");
        assert_eq!(written(951_782_400), "29 February 2000, 00:00");
        assert_eq!(written(951_868_800), "1 March 2000, 00:00");
        assert_eq!(written(1_767_225_599), "31 December 2025, 23:59");
        assert_eq!(written(1_767_225_600), "1 January 2026, 00:00");
        assert_eq!(iso(Timestamp::from_seconds(4_107_542_400)), "2100-03-01T00:00Z");
    }
}
