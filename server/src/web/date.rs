//! Dates and times on the pages, in UTC.

use countersign_protocol::message::claims::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns a time for the attribute `datetime`, such as `2026-11-30T07:05Z`.
pub(super) fn iso(time: Timestamp) -> String {
    let (year, month, day) = civil(time.seconds().div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}T{}Z", clock(time))
}

/// Returns a time for people, such as `30 November 2026, 07:05`.
pub(super) fn words(time: Timestamp) -> String {
    let (year, month, day) = civil(time.seconds().div_euclid(86_400));
    let name = usize::try_from(month).ok().and_then(|m| MONTHS.get(m.saturating_sub(1))).copied().unwrap_or_default();
    format!("{day} {name} {year}, {}", clock(time))
}

/// Returns hour and minute.
fn clock(time: Timestamp) -> String {
    let minutes = time.seconds().rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 1 March of the year 0, so that the leap day is the last of its year; 146 097
    // days are 400 years.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
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
