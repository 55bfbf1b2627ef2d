//! Days of the Gregorian calendar and times in UTC, as text (RFC 3339).
//!
//! The module needs neither a clock nor a time zone database.

use std::fmt;

use thiserror::Error;

use crate::message::claims::{Locale, Timestamp};

const SECS_PER_DAY: i64 = 86_400;

/// A day of the Gregorian calendar with a year of four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is not a day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a date: use a calendar day as YYYY-MM-DD, from the year 1000")]
pub struct DateError;

impl Date {
    /// Returns the day of a time, in UTC.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        let (year, month, day) = civil(time.seconds().div_euclid(SECS_PER_DAY));
        let small = |number: i64| u8::try_from(number).unwrap_or_default();
        Self { year: u16::try_from(year).unwrap_or_default(), month: small(month), day: small(day) }
    }

    /// Parses `YYYY-MM-DD` with ASCII digits. The calendar must have the day. Times, other
    /// separators and shorter forms are rejected.
    ///
    /// # Errors
    /// [`DateError`]
    pub fn parse(raw: &str) -> Result<Self, DateError> {
        let mut parts = raw.split('-');
        let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DateError);
        };
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(DateError);
        }
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return Err(DateError) };
        let known = year >= 1000 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if known { Ok(Self { year, month, day }) } else { Err(DateError) }
    }

    /// Writes the day in full in a language: `31 January 2026`, `31. Januar 2026`.
    ///
    /// The month is a word, or a number with its sign in Japanese, so that nobody can confuse day
    /// and month.
    #[must_use]
    pub fn format(self, locale: Locale) -> String {
        let Self { year, month, day } = self;
        let month = month_name(month, locale);
        match locale {
            Locale::En => format!("{day} {month} {year}"),
            Locale::De => format!("{day}. {month} {year}"),
            Locale::Fr if day == 1 => format!("1er {month} {year}"),
            Locale::Fr => format!("{day} {month} {year}"),
            Locale::Es => format!("{day} de {month} de {year}"),
            Locale::Ja => format!("{year}年{month}{day}日"),
        }
    }
}

/// Writes `YYYY-MM-DD` (RFC 3339, full-date).
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Writes a time in UTC with whole seconds (RFC 3339): `2026-01-31T12:00:00Z`.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    let second = time.seconds().rem_euclid(SECS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", Date::of(time))
}

/// Returns the name of a month. Months count from 1 to 12.
pub(crate) fn month_name(month: u8, locale: Locale) -> &'static str {
    let names = match locale {
        Locale::En => &EN,
        Locale::De => &DE,
        Locale::Fr => &FR,
        Locale::Es => &ES,
        Locale::Ja => &JA,
    };
    usize::from(month).checked_sub(1).and_then(|at| names.get(at)).copied().unwrap_or_default()
}

const fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Converts days since 1970-01-01 to year, month and day of the Gregorian calendar.
///
/// The computation counts years from 1 March, so that the leap day is the last day of a year. An
/// era has 400 years, which are 146,097 days.
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

const EN: [&str; 12] = [
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
const DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const JA: [&str; 12] = ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn date_is_written_in_full_per_locale() {
        let day = Date::parse("2026-02-03").unwrap();
        for (locale, long) in [
            (Locale::En, "3 February 2026"),
            (Locale::De, "3. Februar 2026"),
            (Locale::Fr, "3 février 2026"),
            (Locale::Es, "3 de febrero de 2026"),
            (Locale::Ja, "2026年2月3日"),
        ] {
            assert_eq!(day.format(locale), long);
        }
        assert_eq!(Date::parse("2026-08-01").unwrap().format(Locale::Fr), "1er août 2026");
        assert_eq!(Date::parse("2026-12-31").unwrap().format(Locale::Ja), "2026年12月31日");
    }

    #[test]
    fn date_parse_rejects_other_spellings() {
        for good in ["2026-01-31", "2024-02-29", "2000-02-29", "1000-01-01", "9999-12-31"] {
            assert!(Date::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-1-1",
            "26-01-31",
            "0999-12-31",
            "02026-01-31",
            "2026-01-31T00:00:00Z",
            "2026-01-31Z",
            "2026-01-31+01:00",
            "2026-01-31 ",
            " 2026-01-31",
            "2026/01/31",
            "31.01.2026",
            "20260131",
            "2026-W05-6",
            "2026-031",
            "+2026-01-31",
            "-2026-01-31",
            "2026-+1-31",
            "2026‐01‐31",
            "２０２６-01-31",
        ] {
            assert_eq!(Date::parse(bad), Err(DateError), "{bad:?}");
        }
    }

    #[test]
    fn known_times_are_written_in_rfc3339() {
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
    fn consecutive_days_have_consecutive_dates() {
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

    proptest! {
        #[test]
        fn date_parse_accepts_exactly_calendar_days(year in 1000u16..=9999, month in 0u8..=13, day in 0u8..=32) {
            let raw = format!("{year:04}-{month:02}-{day:02}");
            let last = match month {
                1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
                4 | 6 | 9 | 11 => 30,
                2 if year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) => 29,
                2 => 28,
                _ => 0,
            };
            prop_assert_eq!(Date::parse(&raw).is_ok(), (1..=last).contains(&day));
        }

        #[test]
        fn different_days_are_written_differently(a in "20[0-9]{2}-[01][0-9]-[0-3][0-9]", b in "20[0-9]{2}-[01][0-9]-[0-3][0-9]") {
            if let (Ok(first), Ok(second)) = (Date::parse(&a), Date::parse(&b)) {
                for locale in Locale::ALL {
                    prop_assert_eq!(first.format(locale) == second.format(locale), a == b);
                }
                prop_assert_eq!(first.cmp(&second), a.cmp(&b));
            }
        }

        #[test]
        fn date_parse_never_panics(raw in "\\PC{0,12}") {
            let _ = Date::parse(&raw);
        }
    }
}
