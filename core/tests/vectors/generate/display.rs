//! The display of a request and its hash.

use serde_json::{Value, json};

use super::claims::{NOW, payment, request};
use super::{Draft, Set, swap};

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("display", Value::Null);
    good(&mut set);
    details(&mut set);
    texts(&mut set);
    rules(&mut set);
    set.drafts
}

pub(super) fn input(claims: &str, locale: &str) -> Value {
    json!({ "claims": claims, "locale": locale })
}

pub(super) fn of(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = request();
    change(&mut claims);
    claims.to_string()
}

fn good(set: &mut Set) {
    for (locale, amount) in
        [("en", "42.50 EUR"), ("de", "42,50 EUR"), ("fr", "42,50 EUR"), ("es", "42,50 EUR"), ("ja", "42.50 EUR")]
    {
        let name = format!("display-payment-{locale}");
        let about = format!("a payment to approve by typing six digits, in {locale}; the amount is {amount}");
        set.good(&name, &about, input(&request().to_string(), locale));
    }
    let login = of(|claims| {
        claims["details"] = json!([]);
        claims["scope"] = "openid profile email phone address offline_access urn:example:x".into();
        claims["binding"] = json!({ "mode": "none" });
    });
    set.means(
        "display-login-scopes",
        "purposes in words, and one literally",
        input(&login, "en"),
        json!({ "payments": [] }),
    );
    let everything = of(|claims| {
        let mut first = payment();
        first["creditorAgent"] = "DEUTDEFF".into();
        first["endToEndIdentification"] = "E2E-1".into();
        let mut second = payment();
        second["instructedAmount"] = json!({ "currency": "JPY", "amount": "1234567" });
        second.as_object_mut().unwrap().remove("creditorAccount");
        claims["details"] = json!([first, second]);
        claims["message"] = "K7".into();
        claims["binding"] = json!({ "mode": "display" });
        claims["context"] = json!({ "ip": "192.0.2.1", "place": "Berlin", "agent": "Firefox", "at": NOW - 5 });
    });
    set.good("display-everything", "every field, two payments in two currencies", input(&everything, "en"));
    let choice = of(|claims| claims["binding"] = json!({ "mode": "choice", "options": ["17", "42", "80"] }));
    set.good("display-choice", "a choice of three values", input(&choice, "en"));
    let rtl = of(|claims| {
        claims["client"]["name"] = "\u{628}\u{646}\u{643} \u{627}\u{644}\u{623}\u{631}\u{62f}\u{646}".into()
    });
    set.good(
        "display-right-to-left",
        "a client's name in Arabic: the direction of its field is hashed",
        input(&rtl, "en"),
    );
    let normal = of(|claims| claims["client"]["name"] = "Cafe\u{301}  Nord ".into());
    set.good("display-normalised", "a name is drawn in NFC, with single spaces", input(&normal, "en"));
}

fn details(set: &mut Set) {
    let mut bad_case = |name: &str, about: &str, details: &str, reason: &str| {
        let claims = of(|claims| claims["details"] = json!([]));
        let claims = swap(&claims, r#""details":[]"#, &format!(r#""details":[{details}]"#));
        set.means(&format!("display-detail-{name}"), about, input(&claims, "en"), json!({ "not_approvable": reason }));
    };
    let valid = payment().to_string();
    let with = |from: &str, to: &str| swap(&valid, from, to);
    bad_case(
        "unknown-type",
        "a detail of a type that nobody draws",
        r#"{"type":"tax_return","year":"2026"}"#,
        "unknown_detail",
    );
    let malformed = "malformed_detail";
    bad_case("no-type", "a detail without a type", r#"{"amount":"1"}"#, malformed);
    bad_case("array", "a payment's values as an array", r#"["payment_initiation"]"#, malformed);
    bad_case("two-types", "a detail with two types", &with(r#""type":"#, r#""type":"other","type":"#), malformed);
    bad_case(
        "two-amounts",
        "a payment with two amounts",
        &with(r#""amount":"42.50""#, r#""amount":"42.50","amount":"9000.00""#),
        malformed,
    );
    bad_case(
        "unknown-member",
        "a payment with a member that nobody draws",
        &with(r#""type":"#, r#""requestedExecutionTime":"2027-01-01T10:00:00Z","type":"#),
        malformed,
    );
    bad_case("amount-number", "an amount as a number", &with(r#""42.50""#, "42.50"), malformed);
    bad_case("amount-zero", "an amount of nothing", &with("42.50", "0.00"), malformed);
    bad_case("currency-unknown", "a currency that nobody knows", &with("EUR", "EUX"), malformed);
    bad_case(
        "iban-wrong",
        "an account number with a wrong digit",
        &with("DE02100100109307118603", "DE02100100109307118604"),
        malformed,
    );
    bad_case(
        "account-null",
        "null where an account may be absent",
        &with(r#"{"iban":"DE02100100109307118603"}"#, "null"),
        malformed,
    );
    bad_case("reference-null", "null where a reference may be absent", &with(r#""Order 1001""#, "null"), malformed);
    bad_case(
        "nested-300",
        "a detail nested 300 deep",
        &format!(r#"{{"type":"payment_initiation","x":{}{}}}"#, "[".repeat(300), "]".repeat(300)),
        malformed,
    );
    let nine = vec![valid.clone(); 9].join(",");
    bad_case("nine", "more payments than one screen can carry", &nine, "too_many");
}

fn texts(set: &mut Set) {
    let mut bad_case = |name: &str, about: &str, change: &dyn Fn(&mut Value)| {
        let claims = of(|claims| change(claims));
        set.means(
            &format!("display-text-{name}"),
            about,
            input(&claims, "en"),
            json!({ "not_approvable": "unsafe_text" }),
        );
    };
    bad_case("client-bidi", "a client's name that turns the direction", &|claims| {
        claims["client"]["name"] = "ACME\u{202e}KNAB".into()
    });
    bad_case("client-empty", "a client without a name", &|claims| claims["client"]["name"] = "".into());
    bad_case("client-cyrillic", "a client's name in Cyrillic that looks Latin", &|claims| {
        claims["client"]["name"] = "\u{440}\u{430}\u{441}\u{435}".into()
    });
    bad_case("payee-invisible", "a payee with an invisible character", &|claims| {
        claims["details"][0]["creditorName"] = "AC\u{200b}ME".into()
    });
    bad_case("payee-long", "a payee of 71 characters", &|claims| {
        claims["details"][0]["creditorName"] = "A".repeat(71).into()
    });
    bad_case("message-empty", "an empty message", &|claims| {
        claims["message"] = " ".into();
        claims["binding"] = json!({ "mode": "display" });
    });
    bad_case("scope-not-ascii", "a scope with a letter that is not ASCII", &|claims| {
        claims["scope"] = "openid \u{430}".into()
    });
}

fn rules(set: &mut Set) {
    let mut bad_case = |name: &str, about: &str, reason: &str, change: &dyn Fn(&mut Value)| {
        let claims = of(|claims| change(claims));
        set.means(&format!("display-{name}"), about, input(&claims, "en"), json!({ "not_approvable": reason }));
    };
    let malformed = "malformed_binding";
    bad_case("entry-with-message", "a message beside a value to type: it could give it away", malformed, &|claims| {
        claims["message"] = "123456".into()
    });
    bad_case("choice-with-message", "a message beside a choice: it could give it away", malformed, &|claims| {
        claims["message"] = "42".into();
        claims["binding"] = json!({ "mode": "choice", "options": ["17", "42"] });
    });
    bad_case("none-with-message", "a message that nothing tells the user to compare", malformed, &|claims| {
        claims["message"] = "K7".into();
        claims["binding"] = json!({ "mode": "none" });
    });
    bad_case("scan-with-message", "a message beside a secret to scan", malformed, &|claims| {
        claims["message"] = "K7".into();
        claims["binding"] = json!({ "mode": "scan" });
    });
    bad_case("display-without-message", "nothing to compare", malformed, &|claims| {
        claims["binding"] = json!({ "mode": "display" })
    });
    bad_case("choice-same", "two choices that are the same", malformed, &|claims| {
        claims["binding"] = json!({ "mode": "choice", "options": ["42", "42"] })
    });
    bad_case("choice-hidden", "choices that differ in what nobody sees", malformed, &|claims| {
        claims["binding"] = json!({ "mode": "choice", "options": ["42", "42\u{200b}"] })
    });
    bad_case("extension", "a critical extension that nobody knows", "unknown_extension", &|claims| {
        claims["ext"] = json!(["urn:example:new"])
    });
    bad_case("uv-none", "no user verification", "no_verification", &|claims| claims["uv"] = "none".into());
    bad_case("scopes-17", "more purposes than one screen can carry", "too_many", &|claims| {
        claims["scope"] = (0..17).map(|number| format!("scope{number}")).collect::<Vec<_>>().join(" ").into();
    });
}
