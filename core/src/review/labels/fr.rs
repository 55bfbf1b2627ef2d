//! French.

use super::LabelKey;

pub(super) const fn label(key: LabelKey) -> &'static str {
    match key {
        LabelKey::Client => "Demandé par",
        LabelKey::Issuer => "Compte chez",
        LabelKey::Scope => "Objet",
        LabelKey::Message => "Message",
        LabelKey::Amount => "Montant",
        LabelKey::Payee => "Bénéficiaire",
        LabelKey::Account => "Compte",
        LabelKey::Bank => "Banque du bénéficiaire",
        LabelKey::Reference => "Motif",
        LabelKey::EndToEnd => "Référence de bout en bout",
        LabelKey::Detail => "Affichage impossible",
        LabelKey::Binding => "Confirmation",
        LabelKey::Place => "Lieu",
        LabelKey::Agent => "Navigateur ou appareil",
        LabelKey::Ip => "Adresse réseau",
        LabelKey::Began => "Début",
        LabelKey::Expiry => "Valable jusqu’à",
        LabelKey::PurposeSignIn => "Connexion",
        LabelKey::PurposeProfile => "Nom et profil",
        LabelKey::PurposeEmail => "Adresse e-mail",
        LabelKey::PurposePhone => "Numéro de téléphone",
        LabelKey::PurposeAddress => "Adresse postale",
        LabelKey::PurposeOffline => "Accès en votre absence",
        LabelKey::BindingCompare => "N’approuvez que si l’autre écran affiche le même message",
        LabelKey::BindingChoose => "Choisissez ce que l’autre écran affiche : {options}",
        LabelKey::BindingTypeDigits => "Saisissez les {length} chiffres affichés sur l’autre écran",
        LabelKey::BindingTypeCharacters => "Saisissez les {length} caractères affichés sur l’autre écran",
        LabelKey::BindingScan => "Scannez le code affiché sur l’autre écran",
    }
}
