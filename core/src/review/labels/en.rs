//! English.

use super::LabelKey;

pub(super) const fn label(key: LabelKey) -> &'static str {
    match key {
        LabelKey::Client => "Requested by",
        LabelKey::Issuer => "Account with",
        LabelKey::Scope => "Purpose",
        LabelKey::Message => "Message",
        LabelKey::Amount => "Amount",
        LabelKey::Payee => "Payee",
        LabelKey::Account => "Account",
        LabelKey::Bank => "Payee’s bank",
        LabelKey::Reference => "Reference",
        LabelKey::EndToEnd => "End-to-end ID",
        LabelKey::Detail => "Cannot be shown",
        LabelKey::Binding => "Confirmation",
        LabelKey::Place => "Place",
        LabelKey::Agent => "Browser or device",
        LabelKey::Ip => "Network address",
        LabelKey::Began => "Started",
        LabelKey::Expiry => "Expires",
        LabelKey::PurposeSignIn => "Sign in",
        LabelKey::PurposeProfile => "Name and profile",
        LabelKey::PurposeEmail => "Email address",
        LabelKey::PurposePhone => "Phone number",
        LabelKey::PurposeAddress => "Postal address",
        LabelKey::PurposeOffline => "Access while you are away",
        LabelKey::BindingCompare => "Approve only if the other screen shows the same message",
        LabelKey::BindingChoose => "Choose what the other screen shows: {options}",
        LabelKey::BindingTypeDigits => "Type the {length} digits that the other screen shows",
        LabelKey::BindingTypeCharacters => "Type the {length} characters that the other screen shows",
        LabelKey::BindingScan => "Scan the code that the other screen shows",
    }
}
