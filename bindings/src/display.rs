//! The content of an approval screen, and the render report.

use countersign_core::message::{claims, request};
use countersign_core::review::{self, labels};

pub use countersign_core::message::request::Charset;
pub use countersign_core::review::{Emphasis, LabelKey, RenderReport, Role};
pub use countersign_core::text::Direction;

/// The core's [`claims::Locale`].
pub type Language = claims::Locale;

/// A language of the wording. The signed decision states the language of the display.
#[uniffi::remote(Enum)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Japanese.
    Ja,
}

/// A labelled value of an approval screen.
///
/// Draw `value` as plain text, isolated by `direction`, without markup and links.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Field {
    /// The id of the field in session events and render reports.
    pub id: String,
    /// The key of its label, for an app with its own wording.
    pub label_key: LabelKey,
    /// Its label in the language of the review.
    pub label: String,
    /// The value to draw. Times are RFC 3339 in UTC. An app may draw them in local time.
    pub value: String,
    /// The kind of the value.
    pub role: Role,
    /// The base direction of `value`.
    pub direction: Direction,
    /// The importance of the field for the decision.
    pub emphasis: Emphasis,
}

/// The kind of a field's value.
#[uniffi::remote(Enum)]
pub enum Role {
    /// The name of the client.
    Client,
    /// The issuer that signed the request.
    Issuer,
    /// The purposes of the request.
    Scope,
    /// The binding message.
    Message,
    /// The name of a declared type.
    Kind,
    /// The number of payments in a batch.
    Count,
    /// The sum of the payments of a batch in one currency.
    Total,
    /// The account that pays.
    From,
    /// The amount and currency of a payment.
    Amount,
    /// The payee of a payment.
    Payee,
    /// The payee's IBAN, in groups of four.
    Account,
    /// The payee's bank, as a BIC.
    Bank,
    /// The reference text for the payee.
    Reference,
    /// The end-to-end identification of a payment.
    EndToEnd,
    /// The date of a payment.
    Date,
    /// The frequency of payments or access.
    Frequency,
    /// The months of a standing order.
    Months,
    /// The day of the month of a standing order.
    Day,
    /// The rule for payment days that are not business days.
    Rule,
    /// The start date.
    Start,
    /// The end date.
    End,
    /// The data and accounts that a third party may read.
    Access,
    /// The location where a third party reads.
    Location,
    /// A member of a declared type.
    Member,
    /// The type of an authorization detail that cannot be displayed.
    Detail,
    /// The instruction for the binding.
    Binding,
    /// The place where the request began.
    Place,
    /// The browser or terminal where the request began.
    Agent,
    /// The network address from which the request began.
    Ip,
    /// The time when the request began.
    Began,
    /// The expiry of the request.
    Expiry,
}

/// The key of a wording.
#[uniffi::remote(Enum)]
pub enum LabelKey {
    /// The label of a field with this role.
    Role(Role),
    /// The accounts whose existence may be read.
    AccessAccounts,
    /// The accounts whose balances may be read.
    AccessBalances,
    /// The accounts whose transactions may be read.
    AccessTransactions,
    /// The number of all payments of a request with several payment details.
    CountOfAll,
    /// The total of all payments of such a request, in one currency.
    TotalOfAll,
    /// The scope `openid`.
    PurposeSignIn,
    /// The scope `profile`.
    PurposeProfile,
    /// The scope `email`.
    PurposeEmail,
    /// The scope `phone`.
    PurposePhone,
    /// The scope `address`.
    PurposeAddress,
    /// The scope `offline_access`.
    PurposeOffline,
    /// The frequency `Daily`.
    FrequencyDaily,
    /// The frequency `Weekly`.
    FrequencyWeekly,
    /// The frequency `EveryTwoWeeks`.
    FrequencyEveryTwoWeeks,
    /// The frequency `Monthly`.
    FrequencyMonthly,
    /// The frequency `EveryTwoMonths`.
    FrequencyEveryTwoMonths,
    /// The frequency `Quarterly`.
    FrequencyQuarterly,
    /// The frequency `SemiAnnual`.
    FrequencySemiAnnual,
    /// The frequency `Annual`.
    FrequencyAnnual,
    /// The frequency `MonthlyVariable`.
    FrequencyMonthlyVariable,
    /// The last day of the month, as the day of a payment.
    DayLast,
    /// The execution rule `following`.
    RuleFollowing,
    /// The execution rule `preceding`.
    RulePreceding,
    /// No end date.
    EndNever,
    /// All accounts of the user, as the accounts that may be read.
    AccessAll,
    /// Access once.
    UsageOnce,
    /// Access any number of times.
    UsageAnyTime,
    /// Access every day. `{count}` stands for the number of times.
    UsagePerDay,
    /// The instruction of the binding mode `display`.
    BindingCompare,
    /// The instruction of the binding mode `choice`. `{options}` stands for the values.
    BindingChoose,
    /// The instruction of the binding mode `entry` with digits. `{length}` stands for their number.
    BindingTypeDigits,
    /// The instruction of the binding mode `entry` with letters and digits. `{length}` stands for
    /// their number.
    BindingTypeCharacters,
    /// The instruction of the binding mode `scan`.
    BindingScan,
}

/// The base direction of a text (UAX 9).
#[uniffi::remote(Enum)]
pub enum Direction {
    /// Left to right.
    #[uniffi(name = "LeftToRight")]
    Ltr,
    /// Right to left.
    #[uniffi(name = "RightToLeft")]
    Rtl,
}

/// The importance of a field for the decision.
#[uniffi::remote(Enum)]
pub enum Emphasis {
    /// Draw it large. The decision is about this value.
    Strong,
    /// Draw it in normal size.
    Normal,
    /// Draw it small. It says where and when the request began.
    Muted,
}

/// The control that ties the request to the other screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum BindingControl {
    /// No control.
    None,
    /// The user compares the displayed message with the other screen.
    Display,
    /// The user chooses the value that the other screen shows.
    Choice {
        /// The values, in the order to draw them.
        options: Vec<String>,
    },
    /// The user types the value that the other screen shows.
    Entry {
        /// The length of the value, in characters.
        length: u8,
        /// The allowed characters. Choose the keyboard by it.
        charset: Charset,
    },
    /// The app scans the code on the other screen and passes its text unchanged.
    ///
    /// A text that is not such a code is the error `Binding` with the code `NotTheCode`.
    Scan,
}

/// The characters of a typed value.
#[uniffi::remote(Enum)]
pub enum Charset {
    /// 0–9.
    Digits,
    /// 0–9 and A–Z in either case.
    Alphanumeric,
}

/// The app's statement of what was visible, and for how long.
///
/// The signed decision depends on it. No member has a default: an app that does not know one of the
/// facts must not report. Apps with an `ApprovalSession` do not build one.
#[uniffi::remote(Record)]
pub struct RenderReport {
    /// The ids of the fields that were completely visible, at once or part by part.
    pub drawn: Vec<String>,
    /// How long the request was displayed, in milliseconds.
    pub shown_ms: u64,
    /// Another window covered the screen.
    pub obscured: bool,
    /// The screen was recorded, mirrored or controlled remotely.
    pub shared: bool,
    /// There was a telephone call while the request was displayed.
    pub call_active: bool,
}

/// Returns the default wording of a label key, for a label outside a review.
#[uniffi::export]
#[must_use]
pub fn default_label(key: LabelKey, language: Language) -> String {
    labels::label(key, language).to_owned()
}

impl Field {
    pub(crate) fn of(field: &review::Field, language: Language) -> Self {
        Self {
            id: field.id.to_string(),
            label_key: field.label_key,
            label: field.label(language).to_owned(),
            value: field.value.clone(),
            role: field.role,
            direction: field.direction,
            emphasis: field.emphasis,
        }
    }
}

impl From<&request::Binding> for BindingControl {
    fn from(binding: &request::Binding) -> Self {
        match binding {
            request::Binding::None => Self::None,
            request::Binding::Display => Self::Display,
            request::Binding::Choice { options } => Self::Choice { options: options.clone() },
            request::Binding::Entry { length, charset } => Self::Entry { length: *length, charset: *charset },
            request::Binding::Scan => Self::Scan,
        }
    }
}
