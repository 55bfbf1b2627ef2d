//! Spanish.

use super::LabelKey;

pub(super) const fn label(key: LabelKey) -> &'static str {
    match key {
        LabelKey::Client => "Solicitado por",
        LabelKey::Issuer => "Cuenta en",
        LabelKey::Scope => "Finalidad",
        LabelKey::Message => "Mensaje",
        LabelKey::Amount => "Importe",
        LabelKey::Payee => "Beneficiario",
        LabelKey::Account => "Cuenta",
        LabelKey::Bank => "Banco del beneficiario",
        LabelKey::Reference => "Concepto",
        LabelKey::EndToEnd => "Referencia de extremo a extremo",
        LabelKey::Detail => "No se puede mostrar",
        LabelKey::Binding => "Confirmación",
        LabelKey::Place => "Lugar",
        LabelKey::Agent => "Navegador o dispositivo",
        LabelKey::Ip => "Dirección de red",
        LabelKey::Began => "Inicio",
        LabelKey::Expiry => "Válido hasta",
        LabelKey::PurposeSignIn => "Inicio de sesión",
        LabelKey::PurposeProfile => "Nombre y perfil",
        LabelKey::PurposeEmail => "Correo electrónico",
        LabelKey::PurposePhone => "Número de teléfono",
        LabelKey::PurposeAddress => "Dirección postal",
        LabelKey::PurposeOffline => "Acceso en su ausencia",
        LabelKey::BindingCompare => "Apruebe solo si la otra pantalla muestra el mismo mensaje",
        LabelKey::BindingChoose => "Elija lo que muestra la otra pantalla: {options}",
        LabelKey::BindingTypeDigits => "Escriba las {length} cifras que muestra la otra pantalla",
        LabelKey::BindingTypeCharacters => "Escriba los {length} caracteres que muestra la otra pantalla",
        LabelKey::BindingScan => "Escanee el código que muestra la otra pantalla",
    }
}
