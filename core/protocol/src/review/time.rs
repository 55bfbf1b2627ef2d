//! Times as text, without a clock or a time zone database.

use crate::message::claims::Timestamp;

/// RFC 3339 in UTC, whole seconds: `2026-01-31T12:00:00Z`.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    let days = time.seconds().div_euclid(86_400);
    let second = time.seconds().rem_euclid(86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day since 1970-01-01 in the Gregorian calendar. The year is counted from March, so that the
/// leap day is its last; an era is 400 years, 146 097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_234_567_890, "2009-02-13T23:31:30Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_seconds(seconds)), text);
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = civil(-1);
        for day in 0..200_000 {
            let today = civil(day);
            let next = today == (last.0, last.1, last.2 + 1)
                || today == (last.0, last.1 + 1, 1)
                || today == (last.0 + 1, 1, 1) && last.1 == 12;
            assert!(next && today.2 <= 31 && (1..=12).contains(&today.1), "{last:?} then {today:?}");
            last = today;
        }
    }
}
