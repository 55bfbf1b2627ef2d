//! Default wording, a file for each language. An app may word `field.…` its own way; all others are part of values and
//! so of the display hash: changing one in any language is a new [`super::MODEL_VERSION`].

mod de;
mod en;
mod es;
mod fr;
mod ja;

use serde::{Serialize, Serializer};

use crate::message::claims::Locale;

/// Names a wording. As text: `field.client`, `purpose.sign_in`, `binding.compare`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelKey {
    /// Who asks.
    Client,
    /// Whose account it is about.
    Issuer,
    /// What for.
    Scope,
    /// The binding message.
    Message,
    /// Amount and currency.
    Amount,
    /// Who is paid.
    Payee,
    /// The payee's account.
    Account,
    /// The payee's bank.
    Bank,
    /// What the payee will read.
    Reference,
    /// End-to-end identification.
    EndToEnd,
    /// What kind of thing is asked, of a declared type.
    Kind,
    /// How many payments a batch has.
    Count,
    /// What a batch comes to.
    Total,
    /// The account that pays.
    From,
    /// When a payment is made.
    Date,
    /// How often.
    Frequency,
    /// In which months.
    Months,
    /// On which day of the month.
    Day,
    /// What happens on days that are no business days.
    Rule,
    /// From when on.
    Start,
    /// Until when.
    End,
    /// Whose existence may be read.
    AccessAccounts,
    /// Whose balances may be read.
    AccessBalances,
    /// Whose transactions may be read.
    AccessTransactions,
    /// Where a third party reads.
    Location,
    /// A member of a declared type, which has a wording of its own.
    Member,
    /// Something that cannot be drawn.
    Detail,
    /// What to do with the other screen.
    Binding,
    /// Where it began.
    Place,
    /// In which browser or device it began.
    Agent,
    /// From which network address it began.
    Ip,
    /// When it began.
    Began,
    /// Until when it can be answered.
    Expiry,
    /// Scope `openid`.
    PurposeSignIn,
    /// Scope `profile`.
    PurposeProfile,
    /// Scope `email`.
    PurposeEmail,
    /// Scope `phone`.
    PurposePhone,
    /// Scope `address`.
    PurposeAddress,
    /// Scope `offline_access`.
    PurposeOffline,
    /// Frequency `Daily`.
    FrequencyDaily,
    /// Frequency `Weekly`.
    FrequencyWeekly,
    /// Frequency `EveryTwoWeeks`.
    FrequencyEveryTwoWeeks,
    /// Frequency `Monthly`.
    FrequencyMonthly,
    /// Frequency `EveryTwoMonths`.
    FrequencyEveryTwoMonths,
    /// Frequency `Quarterly`.
    FrequencyQuarterly,
    /// Frequency `SemiAnnual`.
    FrequencySemiAnnual,
    /// Frequency `Annual`.
    FrequencyAnnual,
    /// Frequency `MonthlyVariable`.
    FrequencyMonthlyVariable,
    /// The last day of the month, as a day of payment.
    DayLast,
    /// Execution rule `following`.
    RuleFollowing,
    /// Execution rule `preceding`.
    RulePreceding,
    /// No end.
    EndNever,
    /// All accounts, as those that may be read.
    AccessAll,
    /// May be read once.
    UsageOnce,
    /// May be read any number of times.
    UsageAnyTime,
    /// May be read every day, with `{count}` times.
    UsagePerDay,
    /// Binding `display`.
    BindingCompare,
    /// Binding `choice`, with `{options}`.
    BindingChoose,
    /// Binding `entry`, with `{length}` digits.
    BindingTypeDigits,
    /// Binding `entry`, with `{length}` characters.
    BindingTypeCharacters,
    /// Binding `scan`.
    BindingScan,
}

impl LabelKey {
    /// All of them.
    pub const ALL: [Self; 61] = [
        Self::Client,
        Self::Issuer,
        Self::Scope,
        Self::Message,
        Self::Amount,
        Self::Payee,
        Self::Account,
        Self::Bank,
        Self::Reference,
        Self::EndToEnd,
        Self::Kind,
        Self::Count,
        Self::Total,
        Self::From,
        Self::Date,
        Self::Frequency,
        Self::Months,
        Self::Day,
        Self::Rule,
        Self::Start,
        Self::End,
        Self::AccessAccounts,
        Self::AccessBalances,
        Self::AccessTransactions,
        Self::Location,
        Self::Member,
        Self::Detail,
        Self::Binding,
        Self::Place,
        Self::Agent,
        Self::Ip,
        Self::Began,
        Self::Expiry,
        Self::PurposeSignIn,
        Self::PurposeProfile,
        Self::PurposeEmail,
        Self::PurposePhone,
        Self::PurposeAddress,
        Self::PurposeOffline,
        Self::FrequencyDaily,
        Self::FrequencyWeekly,
        Self::FrequencyEveryTwoWeeks,
        Self::FrequencyMonthly,
        Self::FrequencyEveryTwoMonths,
        Self::FrequencyQuarterly,
        Self::FrequencySemiAnnual,
        Self::FrequencyAnnual,
        Self::FrequencyMonthlyVariable,
        Self::DayLast,
        Self::RuleFollowing,
        Self::RulePreceding,
        Self::EndNever,
        Self::AccessAll,
        Self::UsageOnce,
        Self::UsageAnyTime,
        Self::UsagePerDay,
        Self::BindingCompare,
        Self::BindingChoose,
        Self::BindingTypeDigits,
        Self::BindingTypeCharacters,
        Self::BindingScan,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "field.client",
            Self::Issuer => "field.issuer",
            Self::Scope => "field.scope",
            Self::Message => "field.message",
            Self::Amount => "field.amount",
            Self::Payee => "field.payee",
            Self::Account => "field.account",
            Self::Bank => "field.bank",
            Self::Reference => "field.reference",
            Self::EndToEnd => "field.end_to_end",
            Self::Kind => "field.kind",
            Self::Count => "field.count",
            Self::Total => "field.total",
            Self::From => "field.from",
            Self::Date => "field.date",
            Self::Frequency => "field.frequency",
            Self::Months => "field.months",
            Self::Day => "field.day",
            Self::Rule => "field.rule",
            Self::Start => "field.start",
            Self::End => "field.end",
            Self::AccessAccounts => "field.access_accounts",
            Self::AccessBalances => "field.access_balances",
            Self::AccessTransactions => "field.access_transactions",
            Self::Location => "field.location",
            Self::Member => "field.member",
            Self::Detail => "field.detail",
            Self::Binding => "field.binding",
            Self::Place => "field.place",
            Self::Agent => "field.agent",
            Self::Ip => "field.ip",
            Self::Began => "field.began",
            Self::Expiry => "field.expiry",
            Self::PurposeSignIn => "purpose.sign_in",
            Self::PurposeProfile => "purpose.profile",
            Self::PurposeEmail => "purpose.email",
            Self::PurposePhone => "purpose.phone",
            Self::PurposeAddress => "purpose.address",
            Self::PurposeOffline => "purpose.offline",
            Self::FrequencyDaily => "frequency.daily",
            Self::FrequencyWeekly => "frequency.weekly",
            Self::FrequencyEveryTwoWeeks => "frequency.every_two_weeks",
            Self::FrequencyMonthly => "frequency.monthly",
            Self::FrequencyEveryTwoMonths => "frequency.every_two_months",
            Self::FrequencyQuarterly => "frequency.quarterly",
            Self::FrequencySemiAnnual => "frequency.semi_annual",
            Self::FrequencyAnnual => "frequency.annual",
            Self::FrequencyMonthlyVariable => "frequency.monthly_variable",
            Self::DayLast => "day.last",
            Self::RuleFollowing => "rule.following",
            Self::RulePreceding => "rule.preceding",
            Self::EndNever => "end.never",
            Self::AccessAll => "access.all",
            Self::UsageOnce => "usage.once",
            Self::UsageAnyTime => "usage.any_time",
            Self::UsagePerDay => "usage.per_day",
            Self::BindingCompare => "binding.compare",
            Self::BindingChoose => "binding.choose",
            Self::BindingTypeDigits => "binding.type_digits",
            Self::BindingTypeCharacters => "binding.type_characters",
            Self::BindingScan => "binding.scan",
        }
    }
}

impl Serialize for LabelKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// The wording in this language. Those that say so in [`LabelKey`] have one placeholder.
#[must_use]
pub const fn label(key: LabelKey, locale: Locale) -> &'static str {
    match locale {
        Locale::En => en::label(key),
        Locale::De => de::label(key),
        Locale::Fr => fr::label(key),
        Locale::Es => es::label(key),
        Locale::Ja => ja::label(key),
    }
}

/// What stands between the parts of a list.
pub(super) const fn separator(locale: Locale) -> &'static str {
    match locale {
        Locale::Ja => "、",
        _ => ", ",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_wording_is_there_and_safe_to_draw() {
        for locale in Locale::ALL {
            for key in LabelKey::ALL {
                let wording = label(key, locale);
                assert_eq!(crate::text::message(wording).shown(), wording.replace('\u{A0}', " "), "{key:?} {locale}");
                assert!(!wording.is_empty(), "{key:?} {locale}");
            }
        }
    }

    #[test]
    fn placeholders_are_the_same_in_every_language() {
        for key in LabelKey::ALL {
            for placeholder in ["{options}", "{length}", "{count}"] {
                let count = |locale| label(key, locale).matches(placeholder).count();
                assert!(Locale::ALL.into_iter().all(|locale| count(locale) == count(Locale::En)), "{key:?}");
            }
        }
    }

    #[test]
    fn no_two_keys_and_no_two_fields_are_called_the_same() {
        let names: HashSet<_> = LabelKey::ALL.into_iter().map(LabelKey::as_str).collect();
        assert_eq!(names.len(), LabelKey::ALL.len());
        for locale in Locale::ALL {
            let words: HashSet<_> = LabelKey::ALL.into_iter().map(|key| label(key, locale)).collect();
            assert_eq!(words.len(), LabelKey::ALL.len(), "{locale}");
        }
    }
}
