//! The default wordings, one file for each language.
//!
//! An app can use its own wording for the labels of fields (`field.…`). All other wordings are
//! parts of values and are covered by the display hash. A change of one of them in any language
//! needs a new [`super::Model`].

mod de;
mod en;
mod es;
mod fr;
mod ja;

use serde::{Serialize, Serializer};

use super::role::Role;
use crate::message::claims::Locale;

/// Declares the label keys that are not the label of a role, with their names.
macro_rules! label_keys {
    ($($(#[$doc:meta])* $key:ident => $name:literal,)+) => {
        /// The key of a wording, for example `field.client`, `purpose.sign_in` or
        /// `binding.compare`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum LabelKey {
            /// The label of a field with this role: `field.` and the name of the role.
            Role(Role),
            $($(#[$doc])* $key,)+
        }

        impl LabelKey {
            /// Returns all keys.
            pub fn all() -> impl Iterator<Item = Self> {
                Role::ALL.into_iter().map(Self::Role).chain([$(Self::$key),+])
            }

            /// Returns the name of the key. The display hash covers it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::Role(role) => role.label_key(),
                    $(Self::$key => $name,)+
                }
            }
        }
    };
}

label_keys! {
    /// The accounts whose existence may be read.
    AccessAccounts => "field.access_accounts",
    /// The accounts whose balances may be read.
    AccessBalances => "field.access_balances",
    /// The accounts whose transactions may be read.
    AccessTransactions => "field.access_transactions",
    /// The number of all payments of a request with several payment details.
    CountOfAll => "field.count_of_all",
    /// The total of all payments of such a request, in one currency.
    TotalOfAll => "field.total_of_all",
    /// The scope `openid`.
    PurposeSignIn => "purpose.sign_in",
    /// The scope `profile`.
    PurposeProfile => "purpose.profile",
    /// The scope `email`.
    PurposeEmail => "purpose.email",
    /// The scope `phone`.
    PurposePhone => "purpose.phone",
    /// The scope `address`.
    PurposeAddress => "purpose.address",
    /// The scope `offline_access`.
    PurposeOffline => "purpose.offline",
    /// The frequency `Daily`.
    FrequencyDaily => "frequency.daily",
    /// The frequency `Weekly`.
    FrequencyWeekly => "frequency.weekly",
    /// The frequency `EveryTwoWeeks`.
    FrequencyEveryTwoWeeks => "frequency.every_two_weeks",
    /// The frequency `Monthly`.
    FrequencyMonthly => "frequency.monthly",
    /// The frequency `EveryTwoMonths`.
    FrequencyEveryTwoMonths => "frequency.every_two_months",
    /// The frequency `Quarterly`.
    FrequencyQuarterly => "frequency.quarterly",
    /// The frequency `SemiAnnual`.
    FrequencySemiAnnual => "frequency.semi_annual",
    /// The frequency `Annual`.
    FrequencyAnnual => "frequency.annual",
    /// The frequency `MonthlyVariable`.
    FrequencyMonthlyVariable => "frequency.monthly_variable",
    /// The last day of the month, as the day of a payment.
    DayLast => "day.last",
    /// The execution rule `following`.
    RuleFollowing => "rule.following",
    /// The execution rule `preceding`.
    RulePreceding => "rule.preceding",
    /// No end date.
    EndNever => "end.never",
    /// All accounts of the user, as the accounts that may be read.
    AccessAll => "access.all",
    /// Access once.
    UsageOnce => "usage.once",
    /// Access any number of times.
    UsageAnyTime => "usage.any_time",
    /// Access every day. `{count}` stands for the number of times.
    UsagePerDay => "usage.per_day",
    /// The instruction of the binding mode `display`.
    BindingCompare => "binding.compare",
    /// The instruction of the binding mode `choice`. `{options}` stands for the values.
    BindingChoose => "binding.choose",
    /// The instruction of the binding mode `entry` with digits. `{length}` stands for their number.
    BindingTypeDigits => "binding.type_digits",
    /// The instruction of the binding mode `entry` with letters and digits. `{length}` stands for
    /// their number.
    BindingTypeCharacters => "binding.type_characters",
    /// The instruction of the binding mode `scan`.
    BindingScan => "binding.scan",
}

impl Serialize for LabelKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Returns the wording in a language. The documentation of [`LabelKey`] states which wordings have
/// a placeholder.
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

/// Returns the separator between the parts of a list.
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
    fn every_wording_exists_and_is_safe() {
        for locale in Locale::ALL {
            for key in LabelKey::all() {
                let wording = label(key, locale);
                assert_eq!(crate::text::message(wording).shown(), wording.replace('\u{A0}', " "), "{key:?} {locale}");
                assert!(!wording.is_empty(), "{key:?} {locale}");
            }
        }
    }

    #[test]
    fn placeholders_match_in_every_language() {
        for key in LabelKey::all() {
            for placeholder in ["{options}", "{length}", "{count}"] {
                let count = |locale| label(key, locale).matches(placeholder).count();
                assert!(Locale::ALL.into_iter().all(|locale| count(locale) == count(Locale::En)), "{key:?}");
            }
        }
    }

    #[test]
    fn label_keys_and_wordings_are_distinct() {
        let names: HashSet<_> = LabelKey::all().map(LabelKey::as_str).collect();
        assert_eq!(names.len(), LabelKey::all().count());
        for locale in Locale::ALL {
            let words: HashSet<_> = LabelKey::all().map(|key| label(key, locale)).collect();
            assert_eq!(words.len(), LabelKey::all().count(), "{locale}");
        }
    }
}
