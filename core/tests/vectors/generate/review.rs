//! Render reports and tickets, and binding values.

use serde_json::{Value, json};

use super::claims::request;
use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = reviews();
    drafts.extend(bindings());
    drafts
}

const FIELDS: [&str; 9] = ["client", "issuer", "scope", "amount", "payee", "account", "reference", "binding", "expiry"];

fn reviews() -> Vec<Draft> {
    let policy = |floor: &str, shown: u64| json!({ "binding_floor": floor, "min_shown_ms": shown });
    let given = json!({ "claims": request().to_string(), "locale": "en", "policy": policy("display", 1000) });
    let mut set = Set::new("review", given);
    let valid = json!({ "drawn": FIELDS, "shown_ms": 1000, "obscured": false, "shared": false, "call_active": false });
    let with = |name: &str, value: Value| {
        let mut report = valid.clone();
        report[name] = value;
        report
    };
    set.good("review-drawn", "every field was drawn for long enough", valid.clone());
    set.means(
        "review-call",
        "a telephone call went on: the app warns",
        with("call_active", true.into()),
        json!({ "call_active": true }),
    );
    set.bad("review-too-short", "a millisecond too short", with("shown_ms", 999.into()), "shown_too_short");
    set.bad("review-obscured", "something lay over the screen", with("obscured", true.into()), "screen_obscured");
    set.bad("review-shared", "the screen was shared", with("shared", true.into()), "screen_shared");
    set.bad(
        "review-missing",
        "the payee was not drawn",
        with("drawn", json!(["client", "issuer", "scope", "amount", "account", "reference", "binding", "expiry"])),
        "field_missing",
    );
    let mut more = FIELDS.to_vec();
    more.push("amount.2");
    set.bad("review-unknown", "a field that this request does not have", with("drawn", json!(more)), "field_unknown");
    set.bad("review-nothing", "nothing was drawn", with("drawn", json!([])), "field_missing");
    set.given["policy"] = policy("scan", 0);
    set.bad("review-below-floor", "a weaker binding than the enrolment needs", valid.clone(), "binding_below_floor");
    set.given["policy"] = policy("entry", 0);
    set.good("review-at-floor", "the weakest binding that the enrolment allows", valid.clone());
    set.given["binding_modes"] = json!(["entry"]);
    set.good("review-mode-named", "a binding mode that the metadata names", valid.clone());
    set.given["binding_modes"] = json!(["none", "display", "choice", "scan"]);
    set.bad("review-mode-not-named", "a mode that the metadata does not name", valid.clone(), "binding_not_allowed");
    set.given["binding_modes"] = json!([]);
    set.bad("review-no-modes", "metadata that names no mode", valid.clone(), "binding_not_allowed");
    set.given["binding_modes"] = json!(["entry"]);
    set.given["app_outdated"] = true.into();
    set.bad("review-app-outdated", "an app that is older than required", valid, "app_outdated");
    set.drafts
}

fn bindings() -> Vec<Draft> {
    let given = |binding: Value| {
        let mut claims = request();
        if binding["mode"] == "display" {
            claims["message"] = "K7".into();
        }
        claims["binding"] = binding;
        json!({ "claims": claims.to_string(), "locale": "en" })
    };
    let mut set = Set::new("binding", given(json!({ "mode": "entry", "length": 6, "charset": "digits" })));
    let six = json!({ "value": "123456" });
    for (name, about, typed) in [
        ("digits", "six digits", "123456"),
        ("spaced", "a space between the groups", "123 456"),
        ("hyphens", "hyphens between the groups", "12-34-56"),
        ("full-width", "digits of a Japanese keyboard", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}"),
    ] {
        set.means(&format!("binding-{name}"), about, typed, six.clone());
    }
    for (name, about, typed, code) in [
        ("none-given", "no value", Value::Null, "missing"),
        ("empty", "an empty value", json!(" - "), "missing"),
        ("five", "five digits", json!("12345"), "length"),
        ("seven", "seven digits", json!("1234567"), "length"),
        ("letter", "a letter", json!("12345a"), "charset"),
        ("arabic-digit", "a digit of another script", json!("12345\u{666}"), "charset"),
        ("invisible", "an invisible character", json!("123456\u{200b}"), "charset"),
    ] {
        set.bad(&format!("binding-{name}"), about, typed, code);
    }
    set.given = given(json!({ "mode": "entry", "length": 4, "charset": "alphanumeric" }));
    set.means("binding-letters", "the case stays as typed", "aB-1Z", json!({ "value": "aB1Z" }));
    set.given = given(json!({ "mode": "choice", "options": ["17", "42", "80"] }));
    set.means("binding-choice", "one of the choices", "42", json!({ "value": "42" }));
    set.bad("binding-choice-other", "none of the choices", "43", "not_an_option");
    set.bad("binding-choice-spaced", "a choice is compared as it stands", "4 2", "not_an_option");
    set.given = given(json!({ "mode": "scan" }));
    let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
    set.means("binding-scanned", "a secret of 128 bits, exactly as it was read", secret, json!({ "value": secret }));
    for (name, about, scanned, code) in [
        ("scan-none", "nothing scanned", Value::Null, "missing"),
        (
            "scan-offer",
            "an enrolment link instead of the secret",
            json!("https://bank.example/enrol#v=1"),
            "not_the_code",
        ),
        ("scan-digits", "six digits", json!("123456"), "not_the_code"),
        ("scan-21", "21 characters", json!("b5TVKQ3gM_kW8-fZp1xYt"), "not_the_code"),
        ("scan-23", "23 characters", json!("b5TVKQ3gM_kW8-fZp1xYtAA"), "not_the_code"),
        ("scan-unused-bits", "bits set that no byte has", json!("b5TVKQ3gM_kW8-fZp1xYtB"), "not_the_code"),
        ("scan-padded", "with padding", json!("b5TVKQ3gM_kW8-fZp1xYtA=="), "not_the_code"),
        ("scan-base64", "the other base64 alphabet", json!("b5TVKQ3gM/kW8+fZp1xYtA"), "not_the_code"),
        ("scan-line-end", "a line end after it", json!("b5TVKQ3gM_kW8-fZp1xYtA\n"), "not_the_code"),
        ("scan-spaced", "a space: nothing is folded", json!("b5TVKQ3gM_k W8-fZp1xYtA"), "not_the_code"),
        (
            "scan-full-width",
            "a full-width letter: nothing is folded",
            json!("\u{ff42}5TVKQ3gM_kW8-fZp1xYtA"),
            "not_the_code",
        ),
    ] {
        set.bad(&format!("binding-{name}"), about, scanned, code);
    }
    set.given = given(json!({ "mode": "display" }));
    set.means("binding-compared", "no value where the user compares", Value::Null, json!({ "value": null }));
    set.bad("binding-unexpected", "a value where none is asked", "K7", "unexpected");
    set.drafts
}
