//! What a screen draws, and what it reports of that.

use countersign_core::message::claims;
use countersign_core::message::request;
use countersign_core::review::{self, labels};
use countersign_core::text;

/// A language that the wording is there for. The signed answer says in which one the request was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

/// One labelled value of an approval screen. Draw `value` as plain text, isolated by `direction`: no markup, no links.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Field {
    /// Names it in a `RenderReport`.
    pub id: String,
    /// The key of its label, for an app with wording of its own.
    pub label_key: String,
    /// Its label in the language of the review.
    pub label: String,
    /// What to draw. Times are RFC 3339 in UTC; an app may draw them in local time.
    pub value: String,
    /// What it is: `client`, `issuer`, `scope`, `message`, `amount`, `payee`, `account`, `bank`, `reference`, `end_to_end`, `detail`,
    /// `binding`, `place`, `agent`, `ip`, `began`, `expiry`.
    pub role: String,
    /// Base direction of `value`.
    pub direction: Direction,
    /// How much it matters.
    pub emphasis: Emphasis,
}

/// Base direction of a text (UAX 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Direction {
    /// Left to right.
    LeftToRight,
    /// Right to left.
    RightToLeft,
}

/// How much a field matters to the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Emphasis {
    /// Large: what the decision is about.
    Strong,
    /// As usual.
    Normal,
    /// Smaller: where and when.
    Muted,
}

/// Which control ties the request to the other screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum BindingControl {
    /// None.
    None,
    /// The message is shown; the user compares it with the other screen.
    Display,
    /// The user picks the value that the other screen shows.
    Choice {
        /// The values, in the order to be drawn.
        options: Vec<String>,
    },
    /// The user types the value that the other screen shows.
    Entry {
        /// How many characters it has.
        length: u8,
        /// Which characters: choose the keyboard by it.
        charset: Charset,
    },
    /// The app scans the code that the other screen shows and gives its text as the value, exactly as it was read. Another code
    /// is the error `Binding` with the code `binding_not_the_code`; the ticket stays good.
    Scan,
}

/// The characters of a value to type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Charset {
    /// 0–9.
    Digits,
    /// 0–9 and A–Z in either case.
    Alphanumeric,
}

/// What was really on the screen. The signed answer rests on it, so report what was, not what should have been.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RenderReport {
    /// Ids of the fields that were drawn completely, scrolled into view if need be.
    pub drawn: Vec<String>,
    /// For how many milliseconds.
    pub shown_ms: u64,
    /// Something lay over the screen.
    #[uniffi(default = false)]
    pub obscured: bool,
    /// The screen was being recorded, mirrored or controlled from elsewhere.
    #[uniffi(default = false)]
    pub shared: bool,
    /// A telephone call was going on.
    #[uniffi(default = false)]
    pub call_active: bool,
}

/// The default wording of a `label_key`, for one that is drawn outside a review; nothing for a key that is none.
#[uniffi::export]
#[must_use]
pub fn default_label(key: String, language: Language) -> Option<String> {
    let found = labels::LabelKey::all().find(|label| label.as_str() == key)?;
    Some(labels::label(found, language.into()).to_owned())
}

impl Field {
    pub(crate) fn of(field: &review::Field, language: claims::Locale) -> Self {
        Self {
            id: field.id.to_string(),
            label_key: field.label_key.as_str().to_owned(),
            label: field.label(language).to_owned(),
            value: field.value.clone(),
            role: field.role.as_str().to_owned(),
            direction: match field.direction {
                text::Direction::Ltr => Direction::LeftToRight,
                text::Direction::Rtl => Direction::RightToLeft,
            },
            emphasis: match field.emphasis {
                review::Emphasis::Strong => Emphasis::Strong,
                review::Emphasis::Normal => Emphasis::Normal,
                review::Emphasis::Muted => Emphasis::Muted,
            },
        }
    }
}

impl From<Language> for claims::Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::De => Self::De,
            Language::Fr => Self::Fr,
            Language::Es => Self::Es,
            Language::Ja => Self::Ja,
        }
    }
}

impl From<&request::Binding> for BindingControl {
    fn from(binding: &request::Binding) -> Self {
        match binding {
            request::Binding::None => Self::None,
            request::Binding::Display => Self::Display,
            request::Binding::Choice { options } => Self::Choice { options: options.clone() },
            request::Binding::Entry { length, charset } => Self::Entry {
                length: *length,
                charset: match charset {
                    request::Charset::Digits => Charset::Digits,
                    request::Charset::Alphanumeric => Charset::Alphanumeric,
                },
            },
            request::Binding::Scan => Self::Scan,
        }
    }
}

impl From<RenderReport> for review::RenderReport {
    fn from(report: RenderReport) -> Self {
        let RenderReport { drawn, shown_ms, obscured, shared, call_active } = report;
        Self { drawn, shown_ms, obscured, shared, call_active }
    }
}
