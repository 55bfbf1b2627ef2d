//! The layout of each kind of authorization detail.

use super::*;
use crate::text::TextError;

/// Returns the fields of these details in one language, without the fields that every request has.
fn fields(details: Value, locale: Locale) -> Vec<(String, String)> {
    let display = display(&request(json!({"details": details, "context": null})), locale);
    assert_eq!(display.approvable, Ok(()));
    of_details(&display)
}

fn of_details(display: &Display) -> Vec<(String, String)> {
    let every = ["client", "issuer", "scope", "binding", "expiry"];
    let own = display.fields.iter().filter(|field| !every.contains(&field.role.as_str()));
    own.map(|field| (field.id.to_string(), field.value.clone())).collect()
}

fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(id, value)| (id.to_owned(), value.to_owned())).collect()
}

fn later(members: Value) -> Value {
    let mut detail = payment("42.50", "ACME");
    for (name, value) in members.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

#[test]
fn payment_date_is_shown() {
    let detail = later(json!({"requestedExecutionDate": "2026-02-03", "debtorAccount": {"iban": "NO9386011117947"}}));
    for (locale, date) in [
        (Locale::En, "3 February 2026"),
        (Locale::De, "3. Februar 2026"),
        (Locale::Fr, "3 février 2026"),
        (Locale::Es, "3 de febrero de 2026"),
        (Locale::Ja, "2026年2月3日"),
    ] {
        let shown = fields(json!([detail]), locale);
        let ids: Vec<&str> = shown.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["amount", "payee", "account", "reference", "date", "from"]);
        assert_eq!((shown[4].1.as_str(), shown[5].1.as_str()), (date, "NO93 8601 1117 947"));
    }
}

#[test]
fn standing_order_schedule_is_shown() {
    let detail = later(json!({"startDate": "2026-03-01", "endDate": "2027-02-28", "frequency": "Monthly",
        "dayOfExecution": "31", "executionRule": "preceding"}));
    let shown = fields(json!([detail]), Locale::En);
    assert_eq!(
        shown[4..],
        owned(&[
            ("frequency", "Every month"),
            ("day", "Last day of the month"),
            ("start", "1 March 2026"),
            ("end", "28 February 2027"),
            ("rule", "The last day before on which they are open"),
        ])
    );
    let endless =
        later(json!({"startDate": "2026-03-01", "frequency": "MonthlyVariable", "monthsOfExecution": ["1", "7"],
        "dayOfExecution": "5", "executionRule": "following"}));
    assert_eq!(
        fields(json!([endless]), Locale::De)[4..],
        owned(&[
            ("frequency", "Jedes Jahr in einzelnen Monaten"),
            ("months", "Januar, Juli"),
            ("day", "5"),
            ("start", "1. März 2026"),
            ("end", "Ohne Ende: bis Sie es beenden"),
            ("rule", "Der nächste Tag, an dem sie geöffnet sind"),
        ])
    );
    assert_eq!(fields(json!([endless]), Locale::Ja)[5].1, "1月、7月");
}

/// No two frequencies or languages have the same wording.
#[test]
fn frequencies_have_distinct_wordings() {
    let mut words = Vec::new();
    for frequency in crate::details::Frequency::ALL {
        let mut members = json!({"startDate": "2026-03-01", "frequency": frequency.as_str()});
        if frequency.as_str() == "MonthlyVariable" {
            members["monthsOfExecution"] = json!(["1"]);
        }
        words.extend(Locale::ALL.map(|locale| fields(json!([later(members.clone())]), locale)[4].1.clone()));
    }
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!((all, words.len()), (45, 45));
}

#[test]
fn batch_starts_with_count_and_totals() {
    let entry = |amount: &str, currency: &str, payee: &str| json!({"instructedAmount": {"currency": currency, "amount": amount}, "creditorName": payee});
    let batch = json!({"type": "payment_initiation", "debtorAccount": {"iban": "NO9386011117947"},
        "requestedExecutionDate": "2026-02-03",
        "payments": [entry("1000.50", "EUR", "Ada"), entry("500", "JPY", "Bea"), entry("2", "EUR", "Cleo")]});
    let request = request(json!({"details": [payment("7.00", "First"), batch], "context": null}));
    let display = display(&request, Locale::De);
    assert_eq!(display.approvable, Ok(()));
    assert_eq!(
        of_details(&display)[4..],
        owned(&[
            ("count.2", "3"),
            ("total.2.1", "1.002,50 EUR"),
            ("total.2.2", "500 JPY"),
            ("date.2", "3. Februar 2026"),
            ("from.2", "NO93 8601 1117 947"),
            ("amount.2.1", "1.000,50 EUR"),
            ("payee.2.1", "Ada"),
            ("amount.2.2", "500 JPY"),
            ("payee.2.2", "Bea"),
            ("amount.2.3", "2,00 EUR"),
            ("payee.2.3", "Cleo"),
        ])
    );
    let repeated: Vec<&str> = display.payments.iter().map(|payment| payment.payee.as_str()).collect();
    assert_eq!(repeated, ["First", "Ada", "Bea", "Cleo"]);
}

#[test]
fn too_many_payments_are_not_approvable() {
    let entry = json!({"instructedAmount": {"currency": "EUR", "amount": "1.00"}, "creditorName": "A"});
    let batch = |count: usize| json!({"type": "payment_initiation", "payments": vec![entry.clone(); count]});
    let approvable = |details: Value| display(&request(json!({"details": details})), Locale::En).approvable;
    assert_eq!(approvable(json!([batch(20)])), Ok(()));
    assert_eq!(approvable(json!([batch(21)])), Err(NotApprovable::TooMany));
    assert_eq!(approvable(json!([batch(19), payment("1.00", "A")])), Ok(()));
    assert_eq!(approvable(json!([batch(19), batch(2)])), Err(NotApprovable::TooMany));
}

/// Returns the display of a batch of payments to these payees, each with an account.
fn batch_to(payees: &[String]) -> Display {
    let entry = |payee: &String| {
        let mut entry = payment("1.00", payee);
        entry.as_object_mut().unwrap().remove("type");
        entry
    };
    let payments: Vec<Value> = payees.iter().map(entry).collect();
    let batch = json!({"type": "payment_initiation", "payments": payments});
    display(&request(json!({"details": [batch], "context": null})), Locale::En)
}

#[test]
fn payments_that_do_not_fit_into_a_decision_cannot_be_approved() {
    assert_eq!(batch_to(&vec!["x".repeat(70); 20]).approvable, Ok(()));
    // The NFC form of U+0958 has two characters.
    let payees = |count| vec!["\u{0958}".repeat(70); count];
    assert_eq!(batch_to(&payees(8)).approvable, Ok(()));
    assert_eq!(batch_to(&payees(19)).approvable, Err(NotApprovable::TooMany));
}

#[test]
fn longest_payments_fit_into_a_decision_with_longest_members() {
    let fits = |payees: &[String]| batch_to(payees).approvable.is_ok();
    let mut payees = vec!["\u{0958}".repeat(70); 8];
    while fits(&[payees.clone(), vec!["x".into()]].concat()) {
        payees.push("x".into());
    }
    let last = payees.len() - 1;
    while fits(&payees) && payees[last].len() < 70 {
        payees[last].push('x');
    }
    if !fits(&payees) {
        payees[last].pop();
    }
    let payments = batch_to(&payees).payments;
    let length = serde_json::to_vec(&payments).unwrap().len();
    assert!((4_400..=4_500).contains(&length), "{length}");
    let (id, hash) = ("x".repeat(64), "x".repeat(43));
    let decision = json!({
        "iss": id, "aud": "x".repeat(200), "jti": id, "number": u64::MAX, "iat": i64::MAX, "exp": i64::MAX, "txn": id,
        "request_hash": hash, "display_hash": hash, "decision": "approve", "reason": "wrong_details",
        "binding": "x".repeat(300), "payments": payments, "nonce": id,
        "ceremony": {"shown_ms": u64::MAX, "locale": "en", "verification": "credential", "call_active": true},
        "history": {"count": u64::MAX, "head": hash}
    });
    let kid = crate::jose::SigningKey::from_scalar(&[7; 32]).unwrap().public().thumbprint();
    let input = crate::jose::signed::SigningInput::new("adp-decision+jwt", kid, &decision).unwrap();
    assert!(input.signed_len() <= crate::message::MAX_MESSAGE_BYTES, "{}", input.signed_len());
}

#[test]
fn batch_with_hostile_payee_is_not_approvable() {
    let entry = |payee: &str| json!({"instructedAmount": {"currency": "EUR", "amount": "1.00"}, "creditorName": payee});
    let batch = json!([{"type": "payment_initiation", "payments": [entry("A"), entry("B\u{202E}C"), entry("D")]}]);
    let display = display(&request(json!({"details": batch})), Locale::En);
    assert_eq!(display.approvable, Err(NotApprovable::UnsafeText));
    assert_eq!(value_of(&display, "payee.1.2"), Some("B⟨U+202E⟩C"));
}

#[test]
fn account_access_is_shown_in_plain_language() {
    let ibans = json!([{"iban": "DE02100100109307118603"}, {"iban": "NO9386011117947"}]);
    let named = json!([{"type": "account_information", "access": {"balances": ibans, "transactions": [ibans[0]]},
        "recurringIndicator": true, "frequencyPerDay": 4, "validUntil": "2026-08-31",
        "locations": ["https://bank.example/accounts"]}]);
    let shown = fields(named.clone(), Locale::En);
    assert_eq!(
        shown,
        owned(&[
            ("access.1.1", "DE02 1001 0010 9307 1186 03, NO93 8601 1117 947"),
            ("access.1.2", "DE02 1001 0010 9307 1186 03"),
            ("frequency", "Every day, up to 4 times"),
            ("end", "31 August 2026"),
            ("location.1.1", "https://bank.example/accounts"),
        ])
    );
    let display = display(&request(json!({"details": named})), Locale::En);
    let labels: Vec<&str> = display.fields.iter().map(|field| field.label(Locale::En)).collect();
    assert_eq!(labels[3..5], ["May read the balances of", "May read the transactions of"]);
    assert_eq!(display.payments.len(), 0);
    let all = json!([{"type": "account_information", "actions": ["list_accounts", "read_balances"], "recurringIndicator": false}]);
    assert_eq!(
        fields(all, Locale::Fr),
        owned(&[
            ("access.1.1", "Tous vos comptes"),
            ("access.1.2", "Tous vos comptes"),
            ("frequency", "Une fois"),
            ("end", "Sans fin : jusqu’à ce que vous y mettiez fin"),
        ])
    );
}

#[test]
fn hostile_location_is_not_approvable() {
    let asked = json!([{"type": "account_information", "actions": ["list_accounts"], "locations": ["https://b\u{430}nk.example"]}]);
    let display = display(&request(json!({"details": asked})), Locale::En);
    assert_eq!(display.approvable, Err(NotApprovable::UnsafeText));
    assert_eq!(crate::text::name("https://b\u{430}nk.example").flaw(), Some(&TextError::LooksLikeLatin));
}

pub(super) fn declared() -> DetailTypes {
    let words = |en: &str, de: &str| json!({"en": en, "de": de, "fr": en, "es": en, "ja": en});
    let document = json!([{
        "type": "limit_change",
        "title": words("New limit", "Neues Limit"),
        "members": [
            {"name": "limit", "label": words("Limit a day", "Limit am Tag"), "kind": "amount", "required": true,
                "emphasis": "strong"},
            {"name": "from", "label": words("Valid from", "Gültig ab"), "kind": "date", "required": false},
            {"name": "why", "label": words("Reason", "Grund"), "kind": "message", "required": false, "emphasis": "muted"},
            {"name": "channel", "label": words("Where", "Wo"), "kind": "choice", "required": true,
                "values": [{"value": "card", "label": words("Card", "Karte")}, {"value": "web", "label": words("Web", "Netz")}]}
        ]
    }]);
    DetailTypes::parse(&document.to_string()).unwrap()
}

#[test]
fn declared_type_is_drawn_as_declared() {
    let detail = json!({"type": "limit_change", "limit": {"currency": "EUR", "amount": "5000"}, "why": "A car", "channel": "card"});
    let request = request(json!({"details": [detail], "context": null}));
    let display = super::super::display(&request, Locale::De, &declared(), Model::V3);
    assert_eq!((display.approvable, display.payments.len()), (Ok(()), 0));
    assert_eq!(
        of_details(&display),
        owned(&[
            ("kind", "Neues Limit"),
            ("member.1.1", "5.000,00 EUR"),
            ("member.1.3", "A car"),
            ("member.1.4", "Karte"),
        ])
    );
    let members: Vec<&Field> = display.fields.iter().filter(|field| field.role == Role::Member).collect();
    assert_eq!(
        members.iter().map(|field| field.label(Locale::De)).collect::<Vec<_>>(),
        ["Limit am Tag", "Grund", "Wo"]
    );
    let emphases: Vec<Emphasis> = members.iter().map(|field| field.emphasis).collect();
    assert_eq!(emphases, [Emphasis::Strong, Emphasis::Muted, Emphasis::Normal]);
    assert_eq!(
        serde_json::to_value(members[2]).unwrap(),
        json!({"id": "member.1.4", "label_key": "field.member", "label": "Wo", "value": "Karte", "role": "member",
            "direction": "ltr", "emphasis": "normal"})
    );
    // A phone without the declaration cannot approve the request.
    assert_eq!(super::display(&request, Locale::De).approvable, Err(NotApprovable::UnknownDetail));
}

/// The hash covers the wording of a declared label, because the user has read it.
#[test]
fn declared_wordings_change_the_display_hash() {
    let detail = json!({"type": "limit_change", "limit": {"currency": "EUR", "amount": "5000"}, "channel": "card"});
    let request = request(json!({"details": [detail]}));
    let hash = |types: &DetailTypes| super::super::display(&request, Locale::De, types, Model::V3).hash;
    let document = |from: &str, to: &str| {
        let words = |en: &str, de: &str| json!({"en": en, "de": de, "fr": en, "es": en, "ja": en});
        let text = json!([{"type": "limit_change", "title": words("New limit", "Neues Limit"), "members": [
            {"name": "limit", "label": words("Limit a day", "Limit am Tag"), "kind": "amount", "required": true},
            {"name": "channel", "label": words("Where", "Wo"), "kind": "choice", "required": true,
                "values": [{"value": "card", "label": words("Card", "Karte")}]}]}]);
        DetailTypes::parse(&text.to_string().replace(from, to)).unwrap()
    };
    let right = hash(&document("x", "x"));
    assert_eq!(hash(&document("Limit a day", "Limit a week")), right, "another language");
    for (from, to) in [("Limit am Tag", "Limit im Monat"), ("Neues Limit", "Altes Limit"), ("Karte", "Konto")] {
        assert_ne!(hash(&document(from, to)), right, "{from}");
    }
}

#[test]
fn hostile_declared_text_is_not_approvable() {
    let detail =
        json!({"type": "limit_change", "limit": {"currency": "EUR", "amount": "5000"}, "why": "", "channel": "card"});
    let request = request(json!({"details": [detail]}));
    let display = super::super::display(&request, Locale::En, &declared(), Model::V3);
    assert_eq!(display.approvable, Err(NotApprovable::UnsafeText));
    assert_eq!(value_of(&display, "member.1.3"), Some("⟨⟩"));
    let malformed = self::request(json!({"details": [{"type": "limit_change"}]}));
    let display = super::super::display(&malformed, Locale::En, &declared(), Model::V3);
    assert_eq!(display.approvable, Err(NotApprovable::MalformedDetail));
    assert_eq!(value_of(&display, "detail"), Some("limit_change"));
}
