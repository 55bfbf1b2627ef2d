//! The display models: what a later one changes, and that a published one never changes.

use super::*;

fn fields_of(details: &Value, locale: Locale, model: Model) -> Display {
    let request = request(json!({"details": details, "context": null, "binding": {"mode": "none"}, "scope": null}));
    super::super::display(&request, locale, &DetailTypes::default(), model)
}

fn entry(amount: &str, currency: &str, payee: &str) -> Value {
    json!({"instructedAmount": {"currency": currency, "amount": amount}, "creditorName": payee})
}

fn single(amount: &str, currency: &str) -> Value {
    let mut detail = entry(amount, currency, "A");
    detail["type"] = "payment_initiation".into();
    detail
}

#[test]
fn several_payments_start_with_number_and_totals() {
    let batch =
        json!({"type": "payment_initiation", "payments": [entry("0.20", "EUR", "B"), entry("500", "JPY", "C")]});
    let details = json!([single("1000.10", "EUR"), batch]);
    let display = fields_of(&details, Locale::De, Model::V4);
    assert_eq!(display.approvable, Ok(()));
    assert_eq!(
        shown(&display)[2..7],
        pairs(&[
            ("count.0", "3"),
            ("total.0.1", "1.000,30 EUR"),
            ("total.0.2", "500 JPY"),
            ("amount", "1.000,10 EUR"),
            ("payee", "A"),
        ])
    );
    let labels: Vec<&str> = display.fields[2..5].iter().map(|field| field.label(Locale::De)).collect();
    assert_eq!(labels, ["Anzahl aller Zahlungen", "Gesamtbetrag aller Zahlungen", "Gesamtbetrag aller Zahlungen"]);
    assert!(display.fields[2..5].iter().all(|field| field.emphasis == Emphasis::Strong));
    let before = fields_of(&details, Locale::De, Model::V3);
    assert_eq!(shown(&before)[2..], shown(&display)[5..], "model 3 has no totals");
    assert_eq!(before.payments, display.payments);
}

#[test]
fn one_payment_detail_has_no_request_total() {
    let batch =
        json!({"type": "payment_initiation", "payments": [entry("1.00", "EUR", "B"), entry("2.00", "EUR", "C")]});
    for details in [json!([single("1.00", "EUR")]), json!([batch])] {
        let [three, four] = Model::ALL.map(|model| fields_of(&details, Locale::En, model));
        assert_eq!(three.fields, four.fields, "{details}");
        assert_ne!(three.hash, four.hash, "the hash covers the model");
    }
}

#[test]
fn total_that_is_too_large_is_not_approvable() {
    let most = "9999999999999999.99";
    let details = json!([single(most, "EUR"), single("0.01", "EUR")]);
    assert_eq!(fields_of(&details, Locale::En, Model::V4).approvable, Err(NotApprovable::MalformedDetail));
    let two_currencies = json!([single(most, "EUR"), single(most, "USD")]);
    assert_eq!(fields_of(&two_currencies, Locale::En, Model::V4).approvable, Ok(()));
}

/// A golden file for each published model. If this test fails, a published model was changed.
/// Evidence and earlier phones need it unchanged: restore it, and add a new model instead.
#[test]
fn published_models_never_change() {
    let golden: Vec<(String, Value)> = vec![
        ("3".to_owned(), serde_json::from_str(include_str!("model-3.json")).unwrap()),
        ("4".to_owned(), serde_json::from_str(include_str!("model-4.json")).unwrap()),
    ];
    assert_eq!(golden.len(), Model::ALL.len(), "each published model has a golden file");
    for (model, (version, file)) in Model::ALL.into_iter().zip(golden) {
        assert_eq!(model.as_str(), version);
        let now = displays(model);
        for (name, display) in file.as_object().unwrap() {
            assert_eq!(now.get(name), Some(display), "model {version}, {name}");
        }
        assert_eq!(now.as_object().unwrap().len(), file.as_object().unwrap().len());
    }
}

/// Returns the displays of the frozen requests.
fn displays(model: Model) -> Value {
    let mut displays = serde_json::Map::new();
    let requests: Value = serde_json::from_str(include_str!("model-requests.json")).unwrap();
    for (name, changes) in requests.as_object().unwrap() {
        for locale in Locale::ALL {
            let types = details::declared();
            let display = super::super::display(&request(changes.clone()), locale, &types, model);
            let approvable = display.approvable.err().map(NotApprovable::code);
            displays.insert(
                format!("{name}-{locale}"),
                json!({"fields": display.fields, "display_hash": display.hash, "not_approvable": approvable}),
            );
        }
    }
    displays.into()
}
