//! Each kind of authorization detail, and the reasons why one cannot be approved.

use serde_json::{Value, json};

use super::claims::payment;
use super::display::{input, of};
use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("display", Value::Null);
    orders(&mut set);
    several(&mut set);
    accounts(&mut set);
    declared(&mut set);
    set.drafts.extend(documents());
    set.drafts
}

/// Returns a request with this detail.
fn with_detail(detail: &Value) -> String {
    of(|claims| claims["details"] = json!([detail]))
}

/// Returns the payment with additional members.
fn payment_with(members: Value) -> Value {
    let mut detail = payment();
    for (name, value) in members.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

fn entry(amount: &str, currency: &str, payee: &str) -> Value {
    json!({ "instructedAmount": { "currency": currency, "amount": amount }, "creditorName": payee })
}

fn batch(payments: Vec<Value>) -> Value {
    json!({ "type": "payment_initiation", "payments": payments })
}

/// Adds several payment details by each model. From model 4 on, the number of all payments and
/// their totals come first.
fn several(set: &mut Set) {
    let single = |amount: &str, currency: &str| {
        let mut detail = entry(amount, currency, "Ada");
        detail["type"] = "payment_initiation".into();
        detail
    };
    let by = |details: Value, locale: &str, model: &str| {
        let mut input = input(&of(|claims| claims["details"] = details), locale);
        input["model"] = model.into();
        input
    };
    let mixed =
        json!([single("1000.10", "EUR"), batch(vec![entry("0.20", "EUR", "Bea"), entry("500", "JPY", "Cleo")])]);
    for locale in ["en", "de", "fr", "es", "ja"] {
        for model in ["3", "4"] {
            let name = format!("display-several-{locale}-model-{model}");
            let about = format!("a payment and a batch by model {model}, in {locale}");
            set.good(&name, &about, by(mixed.clone(), locale, model));
        }
    }
    set.good(
        "display-batch-model-4",
        "a single batch: no further totals",
        by(json!([batch(vec![entry("1", "EUR", "Ada"), entry("2", "EUR", "Bea")])]), "en", "4"),
    );
    set.means(
        "display-several-too-large",
        "a total with too many digits",
        by(json!([single("9999999999999999.99", "EUR"), single("0.01", "EUR")]), "en", "4"),
        json!({ "not_approvable": "malformed_detail" }),
    );
}

/// Adds payments on another day, standing orders and batches.
fn orders(set: &mut Set) {
    let dated =
        payment_with(json!({ "requestedExecutionDate": "2027-02-03", "debtorAccount": { "iban": "NO9386011117947" } }));
    for locale in ["en", "de", "fr", "es", "ja"] {
        let name = format!("display-dated-{locale}");
        set.good(&name, &format!("a payment of another day, in {locale}"), input(&with_detail(&dated), locale));
    }
    let schedule = |members: Value| {
        let mut all = json!({ "startDate": "2027-03-01", "frequency": "Monthly" });
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        payment_with(all)
    };
    let whole = schedule(json!({ "endDate": "2028-02-29", "dayOfExecution": "31", "executionRule": "preceding" }));
    for locale in ["en", "de", "fr", "es", "ja"] {
        let name = format!("display-standing-order-{locale}");
        set.good(
            &name,
            &format!("a standing order with every member, in {locale}"),
            input(&with_detail(&whole), locale),
        );
    }
    for frequency in
        ["Daily", "Weekly", "EveryTwoWeeks", "EveryTwoMonths", "Quarterly", "SemiAnnual", "Annual", "MonthlyVariable"]
    {
        let mut detail = schedule(json!({ "frequency": frequency }));
        if frequency == "MonthlyVariable" {
            detail["monthsOfExecution"] = json!(["1", "4", "10"]);
        }
        let name = format!("display-standing-order-{}", frequency.to_lowercase());
        set.good(&name, &format!("a standing order without an end: {frequency}"), input(&with_detail(&detail), "en"));
    }
    let mut several =
        batch(vec![entry("1000.50", "EUR", "Ada"), entry("500", "JPY", "Bea"), entry("2", "EUR", "Cleo")]);
    several["requestedExecutionDate"] = "2027-02-03".into();
    several["debtorAccount"] = json!({ "iban": "NO9386011117947" });
    for locale in ["en", "de", "fr", "es", "ja"] {
        let name = format!("display-batch-{locale}");
        let about = format!("three payments in two currencies: the number and the totals first, in {locale}");
        set.good(&name, &about, input(&with_detail(&several), locale));
    }
    set.good(
        "display-batch-20",
        "as many payments as one request may have",
        input(&with_detail(&batch(vec![entry("1.00", "EUR", "A"); 20])), "en"),
    );
    let mut bad_case = |name: &str, about: &str, detail: &Value, reason: &str| {
        let means = json!({ "not_approvable": reason });
        set.means(&format!("display-detail-{name}"), about, input(&with_detail(detail), "en"), means);
    };
    let malformed = "malformed_detail";
    let on = |date: &str| payment_with(json!({ "requestedExecutionDate": date }));
    bad_case("date-unknown", "a day that the calendar does not have", &on("2027-02-29"), malformed);
    bad_case("date-short", "a day without leading zeros", &on("2027-2-3"), malformed);
    bad_case("date-time", "a time where a day is meant", &on("2027-02-03T00:00:00Z"), malformed);
    bad_case("date-digits", "digits of another script", &on("2027-02-0\u{663}"), malformed);
    for (name, about, members) in [
        ("end-before-start", "an end before the start", json!({ "endDate": "2027-02-28" })),
        ("two-dates", "a day of payment beside a frequency", json!({ "requestedExecutionDate": "2027-03-01" })),
        (
            "day-with-daily",
            "a day of the month for a daily payment",
            json!({ "frequency": "Daily", "dayOfExecution": "1" }),
        ),
        ("day-32", "a day that no month has", json!({ "dayOfExecution": "32" })),
        ("day-zero-first", "a day in another spelling", json!({ "dayOfExecution": "01" })),
        ("frequency-unknown", "a frequency that nobody knows", json!({ "frequency": "Fortnightly" })),
        ("frequency-case", "a frequency in another spelling", json!({ "frequency": "monthly" })),
        ("months-missing", "variable months without months", json!({ "frequency": "MonthlyVariable" })),
        ("months-beside", "months beside another frequency", json!({ "monthsOfExecution": ["1"] })),
        ("months-twice", "a month twice", json!({ "frequency": "MonthlyVariable", "monthsOfExecution": ["1", "1"] })),
        ("rule-unknown", "a rule that nobody knows", json!({ "executionRule": "modified" })),
    ] {
        bad_case(&format!("standing-order-{name}"), about, &schedule(members), malformed);
    }
    bad_case(
        "start-alone",
        "a start without a frequency",
        &payment_with(json!({ "startDate": "2027-03-01" })),
        malformed,
    );
    bad_case("batch-empty", "a batch of no payments", &batch(vec![]), malformed);
    bad_case(
        "batch-21",
        "more payments than a person can be asked to read",
        &batch(vec![entry("1.00", "EUR", "A"); 21]),
        "too_many",
    );
    let mut both = batch(vec![entry("1.00", "EUR", "A")]);
    both["creditorName"] = "B".into();
    bad_case("batch-and-payee", "a payee beside the payees of a batch", &both, malformed);
    let mut repeated = batch(vec![entry("1.00", "EUR", "A")]);
    repeated["startDate"] = "2027-03-01".into();
    repeated["frequency"] = "Monthly".into();
    bad_case("batch-repeated", "a batch that is repeated", &repeated, malformed);
    let sum = batch(vec![entry("9999999999999999.99", "EUR", "A"), entry("0.01", "EUR", "B")]);
    bad_case("batch-sum", "a total of more than 18 digits", &sum, malformed);
    let hostile = batch(vec![entry("1.00", "EUR", "A"), entry("1.00", "EUR", "B\u{202e}C")]);
    bad_case("batch-payee-bidi", "one payee of a batch that turns the direction", &hostile, "unsafe_text");
}

/// Adds account access.
fn accounts(set: &mut Set) {
    let iban = |iban: &str| json!({ "iban": iban });
    let (one, other) = (iban("DE02100100109307118603"), iban("NO9386011117947"));
    let named = json!({ "type": "account_information", "access": { "balances": [one, other], "transactions": [one] },
        "recurringIndicator": true, "frequencyPerDay": 4, "validUntil": "2027-08-31" });
    for locale in ["en", "de", "fr", "es", "ja"] {
        let name = format!("display-accounts-{locale}");
        set.good(
            &name,
            &format!("balances and transactions of named accounts, in {locale}"),
            input(&with_detail(&named), locale),
        );
    }
    let actions = json!({ "type": "account_information", "actions": ["list_accounts", "read_balances", "read_transactions"],
        "locations": ["https://bank.example/accounts"], "recurringIndicator": false });
    set.good("display-accounts-actions", "everything of all accounts, once", input(&with_detail(&actions), "en"));
    let open = json!({ "type": "account_information", "actions": ["read_balances"] });
    set.good("display-accounts-open", "nothing said of how often and until when", input(&with_detail(&open), "en"));
    let mut bad_case = |name: &str, about: &str, members: Value, reason: &str| {
        let mut detail = json!({ "type": "account_information" });
        detail.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let means = json!({ "not_approvable": reason });
        set.means(&format!("display-detail-accounts-{name}"), about, input(&with_detail(&detail), "en"), means);
    };
    let malformed = "malformed_detail";
    bad_case("nothing", "nothing to read", json!({ "access": {} }), malformed);
    bad_case(
        "empty",
        "a list of no accounts: they would be chosen later",
        json!({ "access": { "accounts": [] } }),
        malformed,
    );
    bad_case(
        "all-psd2",
        "everything, in a word of its own",
        json!({ "access": { "allPsd2": "allAccounts" } }),
        malformed,
    );
    bad_case(
        "both",
        "actions beside access",
        json!({ "access": { "accounts": [one] }, "actions": ["read_balances"] }),
        malformed,
    );
    bad_case("twice", "an account twice", json!({ "access": { "accounts": [one, one] } }), malformed);
    bad_case("action-unknown", "an action that nobody draws", json!({ "actions": ["initiate_payments"] }), malformed);
    bad_case(
        "datatypes",
        "kinds of data that nobody draws",
        json!({ "actions": ["read_balances"], "datatypes": ["all"] }),
        malformed,
    );
    bad_case(
        "once-often",
        "once, and twice a day",
        json!({ "actions": ["read_balances"], "recurringIndicator": false, "frequencyPerDay": 2 }),
        malformed,
    );
    bad_case(
        "location-hidden",
        "a location with a character that nobody sees",
        json!({ "actions": ["read_balances"], "locations": ["https://bank\u{200b}.example"] }),
        "unsafe_text",
    );
}

/// Returns a document of two types.
fn types() -> Value {
    let words = |en: &str, de: &str| json!({ "en": en, "de": de, "fr": en, "es": en, "ja": en });
    json!([
        {
            "type": "https://bank.example/limit", "title": words("New limit", "Neues Limit"),
            "members": [
                { "name": "limit", "label": words("Limit a day", "Limit am Tag"), "kind": "amount", "required": true,
                    "emphasis": "strong" },
                { "name": "from", "label": words("Valid from", "G\u{fc}ltig ab"), "kind": "date", "required": false },
                { "name": "why", "label": words("Reason", "Grund"), "kind": "message", "required": false,
                    "emphasis": "muted" },
                { "name": "where", "label": words("Where", "Wo"), "kind": "choice", "required": true,
                    "values": [
                        { "value": "card", "label": words("Card payments", "Kartenzahlungen") },
                        { "value": "web", "label": words("Online banking", "Onlinebanking") }
                    ] }
            ]
        },
        {
            "type": "new_payee", "title": words("New payee", "Neuer Empf\u{e4}nger"),
            "members": [
                { "name": "payee", "label": words("Name", "Name"), "kind": "name", "required": true },
                { "name": "account", "label": words("Account number", "Kontonummer"), "kind": "iban", "required": true },
                { "name": "bank", "label": words("Bank", "Bank"), "kind": "bic", "required": false },
                { "name": "id", "label": words("Number", "Nummer"), "kind": "identifier", "required": false }
            ]
        }
    ])
}

/// Adds declared types.
fn declared(set: &mut Set) {
    let input = |detail: &Value, locale: &str| json!({ "claims": with_detail(detail), "locale": locale, "types": types().to_string() });
    let limit = json!({ "type": "https://bank.example/limit", "limit": { "currency": "EUR", "amount": "5000" },
        "from": "2027-02-03", "why": "A car", "where": "card" });
    for locale in ["en", "de"] {
        let name = format!("display-declared-{locale}");
        set.good(&name, &format!("a type that the bank declared, in {locale}"), input(&limit, locale));
    }
    let payee = json!({ "type": "new_payee", "payee": "ACME", "account": "NO9386011117947", "id": "A-1" });
    set.good("display-declared-least", "an optional member left out: numbers stay", input(&payee, "en"));
    let mut bad_case = |name: &str, about: &str, change: Value, reason: &str| {
        let mut detail = payee.clone();
        for (member, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(detail.as_object_mut().unwrap().remove(member)),
                value => detail[member] = value.clone(),
            }
        }
        let means = json!({ "not_approvable": reason });
        set.means(&format!("display-declared-{name}"), about, input(&detail, "en"), means);
    };
    let malformed = "malformed_detail";
    bad_case("missing", "a member that must be there", json!({ "payee": null }), malformed);
    bad_case("unknown-member", "a member that was not declared", json!({ "purpose": "x" }), malformed);
    bad_case("wrong-value", "an account that is none", json!({ "account": "NO9386011117948" }), malformed);
    bad_case("wrong-type", "a number where a text is meant", json!({ "payee": 7 }), malformed);
    bad_case("hostile", "a name that turns the direction", json!({ "payee": "AC\u{202e}ME" }), "unsafe_text");
    bad_case("undeclared", "a type that was not declared", json!({ "type": "new_payees" }), "unknown_detail");
    let bare = json!({ "claims": with_detail(&payee), "locale": "en" });
    set.means(
        "display-declared-none",
        "a phone without the declaration",
        bare,
        json!({ "not_approvable": "unknown_detail" }),
    );
}

/// Returns documents that declare types.
fn documents() -> Vec<Draft> {
    let mut set = Set::new("detail_types", Value::Null);
    set.good("detail-types-two", "two types, with members of six kinds", types().to_string());
    set.good("detail-types-none", "no types", "[]");
    let mut bad = |name: &str, about: &str, code: &str, pointer: &str, value: Value| {
        let mut document = types();
        *document.pointer_mut(pointer).unwrap() = value;
        set.bad(&format!("detail-types-{name}"), about, document.to_string(), code);
    };
    bad("reserved", "a type that is drawn already", "reserved", "/1/type", "payment_initiation".into());
    bad("type-twice", "a type twice", "duplicate", "/1/type", "https://bank.example/limit".into());
    bad("type-name", "a type whose name has a space", "name", "/1/type", "new payee".into());
    bad("member-reserved", "a member called type", "reserved", "/1/members/0/name", "type".into());
    bad("member-twice", "a member twice", "duplicate", "/1/members/1/name", "payee".into());
    bad("kind", "a kind that nobody draws", "kind", "/1/members/0/kind", "html".into());
    bad("choice-without-values", "a choice of nothing", "values", "/1/members/0/kind", "choice".into());
    bad("values-without-choice", "values of a text", "values", "/0/members/3/kind", "name".into());
    bad(
        "no-wording",
        "a label without a word in French",
        "no_wording",
        "/0/title",
        json!({ "en": "A", "de": "B", "es": "C", "ja": "D" }),
    );
    bad("language", "a language that nothing is drawn in", "malformed", "/0/title", json!({ "it": "A" }));
    bad("unsafe", "a label that turns the direction", "unsafe", "/0/members/0/label/en", "Limit\u{202e}".into());
    bad(
        "not-as-drawn",
        "a label that would be drawn otherwise",
        "not_as_drawn",
        "/0/members/0/label/en",
        "Limit ".into(),
    );
    bad("same-wording", "two members that read the same", "same_wording", "/0/members/0/label/de", "Wo".into());
    bad("no-members", "a type without members", "count", "/0/members", json!([]));
    bad("emphasis", "an emphasis that nobody draws", "malformed", "/0/members/0/emphasis", "loud".into());
    bad("object", "an object where a list is meant", "malformed", "", json!({}));
    set.drafts
}
