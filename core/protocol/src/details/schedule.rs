//! When a payment is made again and again: the periodic payments of the Berlin Group's NextGenPSD2 (Implementation Guidelines,
//! section "Initiation for Standing Orders for Recurring/Periodic Payments").

use super::DetailError;
use crate::date::{Date, month_name};
use crate::message::claims::Locale;
use crate::names::stable_names;

/// A standing order's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `startDate`: the first payment is on the first day of execution from here on.
    pub start: Date,
    /// `endDate`: the last day on which there may be one. Without it there is no end.
    pub end: Option<Date>,
    /// `frequency`
    pub frequency: Frequency,
    /// `monthsOfExecution`, from 1 to 12: with [`Frequency::MonthlyVariable`], and only with it.
    pub months: Vec<u8>,
    /// `dayOfExecution`, from 1 to 31, which is the last day of each month.
    pub day: Option<u8>,
    /// `executionRule`
    pub rule: Option<ExecutionRule>,
}

/// `frequency`, a code of ISO 20022 (EventFrequency7Code and those that NextGenPSD2 adds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Each day.
    Daily,
    /// Each week.
    Weekly,
    /// Each other week.
    EveryTwoWeeks,
    /// Each month.
    Monthly,
    /// Each other month.
    EveryTwoMonths,
    /// Every three months.
    Quarterly,
    /// Every six months.
    SemiAnnual,
    /// Each year.
    Annual,
    /// In the months that are named.
    MonthlyVariable,
}

stable_names!(
    /// Returns the code on the wire, for example `EveryTwoWeeks`.
    Frequency, as_str {
        Daily => "Daily",
        Weekly => "Weekly",
        EveryTwoWeeks => "EveryTwoWeeks",
        Monthly => "Monthly",
        EveryTwoMonths => "EveryTwoMonths",
        Quarterly => "Quarterly",
        SemiAnnual => "SemiAnnual",
        Annual => "Annual",
        MonthlyVariable => "MonthlyVariable",
    }
);

/// `executionRule`: what happens where a day of execution is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionRule {
    /// The next business day.
    Following,
    /// The business day before.
    Preceding,
}

stable_names!(
    /// Returns the name on the wire.
    ExecutionRule, as_str {
        Following => "following",
        Preceding => "preceding",
    }
);

/// The members as they came.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    pub(super) frequency: Option<String>,
    pub(super) months: Option<Vec<String>>,
    pub(super) day: Option<String>,
    pub(super) rule: Option<String>,
}

impl Frequency {
    /// Whether a day of the month means something beside it.
    const fn has_days_of_months(self) -> bool {
        !matches!(self, Self::Daily | Self::Weekly | Self::EveryTwoWeeks)
    }
}

impl Schedule {
    /// Nothing where no member of a schedule is there.
    pub(super) fn read(raw: Raw) -> Result<Option<Self>, DetailError> {
        let Raw { start, end, frequency, months, day, rule } = raw;
        let (start, frequency) = match (start, frequency) {
            (Some(start), Some(frequency)) => (start, frequency),
            (None, None) if end.is_none() && months.is_none() && day.is_none() && rule.is_none() => return Ok(None),
            _ => return Err(DetailError::Contradiction("a standing order has startDate and frequency")),
        };
        let start = Date::parse(&start)?;
        let end = end.as_deref().map(Date::parse).transpose()?;
        if end.is_some_and(|end| end < start) {
            return Err(DetailError::Contradiction("endDate is before startDate"));
        }
        let unknown = |what: &str| DetailError::Malformed(format!("{what} has a value that it cannot have"));
        let frequency = Frequency::ALL.into_iter().find(|known| known.as_str() == frequency);
        let frequency = frequency.ok_or_else(|| unknown("frequency"))?;
        if day.is_some() && !frequency.has_days_of_months() {
            return Err(DetailError::Contradiction(
                "dayOfExecution is a day of the month, and frequency counts days or weeks",
            ));
        }
        let day = day.map(|day| number(&day, 31).ok_or_else(|| unknown("dayOfExecution"))).transpose()?;
        if months.is_some() != (frequency == Frequency::MonthlyVariable) {
            return Err(DetailError::Contradiction("monthsOfExecution belongs to the frequency MonthlyVariable"));
        }
        let months = months.unwrap_or_default();
        let read: Option<Vec<u8>> = months.iter().map(|month| number(month, 12)).collect();
        let months = read.ok_or_else(|| unknown("monthsOfExecution"))?;
        // Eleven at most, as the specification has it: all twelve are `Monthly`.
        let sound = (1..=11).contains(&months.len()) && months.is_sorted_by(|a, b| a < b);
        if frequency == Frequency::MonthlyVariable && !sound {
            return Err(DetailError::Contradiction("monthsOfExecution names 1 to 11 months once, in order"));
        }
        let known_rule = |rule: String| ExecutionRule::ALL.into_iter().find(|known| known.as_str() == rule);
        let rule = rule.map(|rule| known_rule(rule).ok_or_else(|| unknown("executionRule"))).transpose()?;
        Ok(Some(Self { start, end, frequency, months, day, rule }))
    }

    /// The names of the months, in order.
    #[must_use]
    pub fn months_shown(&self, locale: Locale) -> Vec<&'static str> {
        self.months.iter().map(|&month| month_name(month, locale)).collect()
    }
}

/// A number from 1 in one spelling: no sign, no leading zero.
fn number(text: &str, last: u8) -> Option<u8> {
    text.parse().ok().filter(|number: &u8| (1..=last).contains(number) && number.to_string() == text)
}
