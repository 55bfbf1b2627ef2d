//! Single values: amounts, accounts, texts, keys and digests.

use countersign_core::details::{Bic, Iban, Money};
use countersign_core::jose::{Digest, PublicKey, base64url as strict, json as strict_json};
use countersign_core::message::app_version::AppVersion;
use countersign_core::message::claims::{DeviceAudience, Issuer, Locale};
use countersign_core::text;
use serde_json::{Map, Value, json};

use super::{Opener, Outcome, jose, json, parsed, text as text_of};

pub(super) fn money(input: &Value) -> Outcome {
    let money = Money::parse(text_of(&input["amount"]), text_of(&input["currency"]))
        .map_err(|error| error.code().to_owned())?;
    let shown: Map<String, Value> =
        Locale::ALL.into_iter().map(|locale| (locale.to_string(), money.format(locale).into())).collect();
    Ok(json!({ "minor": money.minor().to_string(), "amount": money.amount(), "shown": shown }))
}

pub(super) fn iban(input: &Value) -> Outcome {
    let iban = Iban::parse(text_of(input)).map_err(|error| error.code().to_owned())?;
    Ok(json!({ "iban": iban.as_str(), "shown": iban.grouped() }))
}

pub(super) fn bic(input: &Value) -> Outcome {
    let bic = Bic::parse(text_of(input)).map_err(|_| "shape".to_owned())?;
    Ok(json!({ "bic": bic.as_str() }))
}

pub(super) fn text(input: &Value) -> Outcome {
    let raw = text_of(&input["text"]);
    let text = match text_of(&input["as"]) {
        "name" => text::name(raw),
        "label" => text::label(raw),
        "message" => text::message(raw),
        other => panic!("unknown use {other}"),
    };
    let mut outcome = json!({ "shown": text.shown(), "direction": text.direction().as_str() });
    if let Some(flaw) = text.flaw() {
        outcome["flaw"] = flaw.code().into();
    }
    Ok(outcome)
}

pub(super) fn thumbprint(input: &Value) -> Outcome {
    let key: PublicKey = strict_json::from_str(text_of(input)).map_err(|_| "jwk".to_owned())?;
    Ok(named(&key))
}

pub(super) fn point(input: &Value) -> Outcome {
    PublicKey::from_sec1(&strict::decode(text_of(input)).unwrap()).map(|key| named(&key)).map_err(jose)
}

fn named(key: &PublicKey) -> Value {
    let thumbprint = key.thumbprint();
    json!({ "thumbprint": thumbprint.to_string(), "audience": String::from(DeviceAudience(thumbprint)), "jwk": json(key) })
}

pub(super) fn digest(input: &Value) -> Outcome {
    Ok(json!({ "sha256": Digest::of(text_of(input).as_bytes()).to_string() }))
}

pub(super) fn base64url(input: &Value) -> Outcome {
    let bytes = strict::decode(text_of(input)).map_err(jose)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({ "hex": hex }))
}

/// Returns whether an app of this version, or of none, is older than the required one.
pub(super) fn app_version(given: &Value) -> Opener {
    let required: AppVersion = parsed(&given["required"]);
    Box::new(move |input| {
        let app = match input {
            Value::Null => None,
            text => Some(text_of(text).parse().map_err(|_| "malformed".to_owned())?),
        };
        Ok(json!({ "outdated": !required.is_fulfilled_by(app) }))
    })
}

pub(super) fn issuer(input: &Value) -> Outcome {
    let issuer: Issuer = text_of(input).parse().map_err(|_| "malformed".to_owned())?;
    Ok(json!({ "issuer": issuer.as_str() }))
}
