//! German.

use super::LabelKey;

pub(super) const fn label(key: LabelKey) -> &'static str {
    match key {
        LabelKey::Client => "Angefragt von",
        LabelKey::Issuer => "Konto bei",
        LabelKey::Scope => "Zweck",
        LabelKey::Message => "Nachricht",
        LabelKey::Amount => "Betrag",
        LabelKey::Payee => "Empfänger",
        LabelKey::Account => "Konto",
        LabelKey::Bank => "Bank des Empfängers",
        LabelKey::Reference => "Verwendungszweck",
        LabelKey::EndToEnd => "Ende-zu-Ende-Referenz",
        LabelKey::Detail => "Nicht darstellbar",
        LabelKey::Binding => "Bestätigung",
        LabelKey::Place => "Ort",
        LabelKey::Agent => "Browser oder Gerät",
        LabelKey::Ip => "Netzwerkadresse",
        LabelKey::Began => "Begonnen",
        LabelKey::Expiry => "Gültig bis",
        LabelKey::PurposeSignIn => "Anmeldung",
        LabelKey::PurposeProfile => "Name und Profil",
        LabelKey::PurposeEmail => "E-Mail-Adresse",
        LabelKey::PurposePhone => "Telefonnummer",
        LabelKey::PurposeAddress => "Postanschrift",
        LabelKey::PurposeOffline => "Zugriff in Ihrer Abwesenheit",
        LabelKey::BindingCompare => "Nur bestätigen, wenn der andere Bildschirm dieselbe Nachricht zeigt",
        LabelKey::BindingChoose => "Wählen Sie, was der andere Bildschirm zeigt: {options}",
        LabelKey::BindingTypeDigits => "Geben Sie die {length} Ziffern ein, die der andere Bildschirm zeigt",
        LabelKey::BindingTypeCharacters => "Geben Sie die {length} Zeichen ein, die der andere Bildschirm zeigt",
        LabelKey::BindingScan => "Scannen Sie den Code, den der andere Bildschirm zeigt",
    }
}
