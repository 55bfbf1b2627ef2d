//! Periodic payments of the Berlin Group's NextGenPSD2 (Implementation Guidelines, section
//! "Initiation for Standing Orders for Recurring/Periodic Payments").

use super::DetailError;
use crate::date::{Date, month_name};
use crate::message::claims::Locale;
use crate::names::stable_names;

/// The schedule of a standing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `startDate`: the first payment is on the first execution day from this day on.
    pub start: Date,
    /// `endDate`: the last day for a payment. If it is absent, the order has no end.
    pub end: Option<Date>,
    /// `frequency`: the frequency of the payments.
    pub frequency: Frequency,
    /// `monthsOfExecution`, from 1 to 12. It is present if and only if the frequency is
    /// [`Frequency::MonthlyVariable`].
    pub months: Vec<u8>,
    /// `dayOfExecution`, from 1 to 31. 31 stands for the last day of each month.
    pub day: Option<u8>,
    /// `executionRule`: the rule for days that are not business days.
    pub rule: Option<ExecutionRule>,
}

/// A frequency as a code of ISO 20022 (EventFrequency7Code and the additions of NextGenPSD2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every two weeks.
    EveryTwoWeeks,
    /// Every month.
    Monthly,
    /// Every two months.
    EveryTwoMonths,
    /// Every three months.
    Quarterly,
    /// Every six months.
    SemiAnnual,
    /// Every year.
    Annual,
    /// Every year in the given months.
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

/// The rule for an execution day that is not a business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionRule {
    /// The payment is made on the next business day.
    Following,
    /// The payment is made on the business day before.
    Preceding,
}

stable_names!(
    /// Returns the name on the wire.
    ExecutionRule, as_str {
        Following => "following",
        Preceding => "preceding",
    }
);

/// The members as received.
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
    /// Returns whether a day of the month is possible with this frequency.
    const fn has_days_of_months(self) -> bool {
        !matches!(self, Self::Daily | Self::Weekly | Self::EveryTwoWeeks)
    }
}

impl Schedule {
    /// Returns `None` if no member of a schedule is present.
    pub(super) fn read(raw: Raw) -> Result<Option<Self>, DetailError> {
        let Raw { start, end, frequency, months, day, rule } = raw;
        let (start, frequency) = match (start, frequency) {
            (Some(start), Some(frequency)) => (start, frequency),
            (None, None) if end.is_none() && months.is_none() && day.is_none() && rule.is_none() => return Ok(None),
            _ => return Err(DetailError::Contradiction("a standing order needs startDate and frequency")),
        };
        let start = Date::parse(&start)?;
        let end = end.as_deref().map(Date::parse).transpose()?;
        if end.is_some_and(|end| end < start) {
            return Err(DetailError::Contradiction("endDate is before startDate"));
        }
        let unknown = |member: &str| DetailError::Malformed(format!("{member} has an invalid value"));
        let frequency = Frequency::ALL.into_iter().find(|known| known.as_str() == frequency);
        let frequency = frequency.ok_or_else(|| unknown("frequency"))?;
        if day.is_some() && !frequency.has_days_of_months() {
            return Err(DetailError::Contradiction("dayOfExecution needs a frequency of months"));
        }
        let day = day.map(|day| number(&day, 31).ok_or_else(|| unknown("dayOfExecution"))).transpose()?;
        if months.is_some() != (frequency == Frequency::MonthlyVariable) {
            return Err(DetailError::Contradiction(
                "monthsOfExecution and the frequency MonthlyVariable need each other",
            ));
        }
        let months = months.unwrap_or_default();
        let read: Option<Vec<u8>> = months.iter().map(|month| number(month, 12)).collect();
        let months = read.ok_or_else(|| unknown("monthsOfExecution"))?;
        // The specification allows at most eleven months. All twelve are `Monthly`.
        let sound = (1..=11).contains(&months.len()) && months.is_sorted_by(|a, b| a < b);
        if frequency == Frequency::MonthlyVariable && !sound {
            return Err(DetailError::Contradiction("monthsOfExecution must have 1 to 11 different months in order"));
        }
        let known_rule = |rule: String| ExecutionRule::ALL.into_iter().find(|known| known.as_str() == rule);
        let rule = rule.map(|rule| known_rule(rule).ok_or_else(|| unknown("executionRule"))).transpose()?;
        Ok(Some(Self { start, end, frequency, months, day, rule }))
    }

    /// Returns the names of the months in order.
    #[must_use]
    pub fn months_shown(&self, locale: Locale) -> Vec<&'static str> {
        self.months.iter().map(|&month| month_name(month, locale)).collect()
    }
}

/// Parses a number from 1 in its only spelling: no sign, no leading zero.
fn number(text: &str, last: u8) -> Option<u8> {
    text.parse().ok().filter(|number: &u8| (1..=last).contains(number) && number.to_string() == text)
}
