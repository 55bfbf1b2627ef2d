use serde_json::{Value, json};

use super::*;
use crate::details::{DateError, Detail, DetailError, IbanError, MoneyError};

fn words(text: &str) -> Value {
    json!({"en": text, "de": format!("{text} (de)"), "fr": format!("{text} (fr)"), "es": format!("{text} (es)"),
        "ja": format!("{text} (ja)")})
}

fn member(name: &str, kind: &str, required: bool) -> Value {
    json!({"name": name, "label": words(&format!("The {name}")), "kind": kind, "required": required})
}

/// Returns two types, one with a member of each kind.
fn document() -> Value {
    let kinds = ["name", "identifier", "message", "amount", "date", "iban", "bic"];
    let mut members: Vec<Value> = kinds.into_iter().map(|kind| member(kind, kind, kind != "bic")).collect();
    members[0]["emphasis"] = "strong".into();
    let mut choice = member("speed", "choice", true);
    choice["emphasis"] = "muted".into();
    choice["values"] =
        json!([{"value": "instant", "label": words("At once")}, {"value": "normal", "label": words("Later")}]);
    members.push(choice);
    json!([
        {"type": "https://bank.example/everything", "title": words("Everything"), "members": members},
        {"type": "new_payee", "title": words("New payee"), "members": [member("payee", "name", true)]}
    ])
}

fn types() -> DetailTypes {
    DetailTypes::parse(&document().to_string()).unwrap()
}

fn detail() -> Value {
    json!({"type": "https://bank.example/everything", "name": "ACME", "identifier": "A-1", "message": "Hello\nyou",
        "amount": {"currency": "EUR", "amount": "42.50"}, "date": "2026-02-28", "iban": "NO9386011117947",
        "bic": "DEUTDEFF", "speed": "instant"})
}

fn declared(detail: &Value) -> Result<DeclaredDetail, DetailError> {
    match Detail::parse(&detail.to_string(), &types())? {
        Detail::Declared(declared) => Ok(declared),
        other => panic!("{other:?}"),
    }
}

#[test]
fn declared_detail_is_parsed_in_declared_order() {
    let read = declared(&detail()).unwrap();
    assert_eq!(read.title(Locale::De), "Everything (de)");
    let members: Vec<DeclaredMember<'_>> = read.members(Locale::En).collect();
    assert_eq!(members.iter().map(|member| member.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(members[0].label, "The name");
    assert_eq!(
        members.iter().map(|member| member.importance).collect::<Vec<_>>()[..2],
        [Importance::Strong, Importance::Normal]
    );
    assert_eq!(members[7].importance, Importance::Muted);
    let shown = |value: &DeclaredValue| match value {
        DeclaredValue::Text(text) => text.shown().to_owned(),
        DeclaredValue::Amount(amount) => amount.amount(),
        DeclaredValue::Date(date) => date.format(Locale::En),
        DeclaredValue::Iban(iban) => iban.to_string(),
        DeclaredValue::Bic(bic) => bic.as_str().to_owned(),
        DeclaredValue::Choice(choice) => choice.label(Locale::Ja).to_owned(),
    };
    let values: Vec<String> = members.iter().map(|member| shown(member.value)).collect();
    let expected =
        ["ACME", "A-1", "Hello you", "42.50", "28 February 2026", "NO9386011117947", "DEUTDEFF", "At once (ja)"];
    assert_eq!(values, expected);
    assert_eq!(types().names().collect::<Vec<_>>(), ["https://bank.example/everything", "new_payee"]);
}

#[test]
fn missing_required_member_is_rejected() {
    for name in ["name", "identifier", "message", "amount", "date", "iban", "bic", "speed"] {
        let mut less = detail();
        less.as_object_mut().unwrap().remove(name);
        let read = declared(&less);
        if name == "bic" {
            let numbers: Vec<u16> = read.unwrap().members(Locale::En).map(|member| member.number).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 8], "numbers are those of the declaration");
        } else {
            assert!(matches!(read, Err(DetailError::Malformed(_))), "{name}");
        }
    }
}

#[test]
fn wrong_unknown_or_duplicate_member_is_rejected() {
    for (name, value) in [
        ("more", json!("x")),
        ("Name", json!("x")),
        ("name", json!(7)),
        ("name", json!(null)),
        ("name", json!(["ACME"])),
        ("bic", json!(null)),
        ("speed", json!("Instant")),
        ("speed", json!("At once")),
        ("amount", json!("42.50")),
        ("amount", json!({"currency": "EUR", "amount": 42})),
        ("amount", json!({"currency": "EUR", "amount": "42.50", "sign": "-"})),
    ] {
        let mut bad = detail();
        bad[name] = value;
        assert!(matches!(declared(&bad), Err(DetailError::Malformed(_))), "{bad}");
    }
    let refused = |name: &str, value: Value| {
        let mut bad = detail();
        bad[name] = value;
        declared(&bad).unwrap_err()
    };
    assert_eq!(refused("date", json!("28.02.2026")), DetailError::Date(DateError));
    assert_eq!(refused("iban", json!("NO9386011117948")), DetailError::Account(IbanError::CheckDigits));
    assert_eq!(refused("amount", json!({"currency": "EUR", "amount": "0.00"})), DetailError::Amount(MoneyError::Zero));
    assert!(matches!(refused("bic", json!("DEUT")), DetailError::Agent(_)));
    for twice in
        [r#""name":"ACME","name":"KNAB""#, r#""name":"ACME","\u006eame":"KNAB""#, r#""name":"ACME","type":"new_payee""#]
    {
        let raw = detail().to_string().replace(r#""name":"ACME""#, twice);
        assert!(matches!(Detail::parse(&raw, &types()), Err(DetailError::Malformed(_))), "{raw}");
    }
    let array = r#"["new_payee","ACME"]"#;
    assert!(matches!(Detail::parse(array, &types()), Err(DetailError::Malformed(_))));
}

#[test]
fn hostile_declared_text_is_drawn_with_flaw() {
    let raw = r#"{"type":"new_payee","payee":"AC\u202eME"}"#;
    let Detail::Declared(read) = Detail::parse(raw, &types()).unwrap() else { panic!("declared") };
    let value = read.members(Locale::En).next().unwrap().value.clone();
    let DeclaredValue::Text(text) = value else { panic!("a text") };
    assert_eq!(text.shown(), "AC⟨U+202E⟩ME");
    assert!(text.flaw().is_some());
}

#[test]
fn detail_without_declaration_is_unknown() {
    let raw = r#"{"type":"new_payee","payee":"ACME"}"#;
    assert!(Detail::parse(raw, &types()).is_ok());
    let unknown = Detail::parse(raw, &DetailTypes::default());
    assert_eq!(unknown, Err(DetailError::UnknownType("new_payee".into())));
    assert_eq!(DetailTypes::parse("[]"), Ok(DetailTypes::default()));
}

/// Returns the code of the error for a changed document.
fn refused(change: impl FnOnce(&mut Value)) -> &'static str {
    let mut document = document();
    change(&mut document);
    let error = DetailTypes::parse(&document.to_string()).expect_err("refused");
    assert!(!error.to_string().is_empty());
    error.code()
}

#[test]
fn declared_names_are_valid_and_unique() {
    for (name, code) in [
        ("payment_initiation", "reserved"),
        ("account_information", "reserved"),
        ("new_payee", "duplicate"),
        ("", "name"),
        ("new payee", "name"),
        ("neu_für", "name"),
        ("new\u{200B}payee", "name"),
        (&"x".repeat(101), "name"),
    ] {
        assert_eq!(
            refused(|document| document[0]["type"] = name.into()),
            if code == "duplicate" { "duplicate" } else { code }
        );
    }
    assert_eq!(refused(|document| document[0]["members"][1]["name"] = "type".into()), "reserved");
    assert_eq!(refused(|document| document[0]["members"][1]["name"] = "name".into()), "duplicate");
    assert_eq!(refused(|document| document[0]["members"][1]["name"] = "".into()), "name");
    assert_eq!(refused(|document| document[0]["members"][7]["values"][1]["value"] = "instant".into()), "duplicate");
    assert_eq!(refused(|document| document[0]["members"][7]["values"][1]["value"] = "a b".into()), "name");
}

#[test]
fn declared_wordings_are_safe_and_distinct() {
    for place in ["/0/title", "/0/members/0/label", "/0/members/7/values/0/label"] {
        let at = |document: &mut Value, locale: &str, wording: Value| {
            document.pointer_mut(place).unwrap()[locale] = wording;
        };
        for locale in Locale::ALL {
            let code = refused(|document| {
                let words = document.pointer_mut(place).unwrap().as_object_mut().unwrap();
                words.remove(locale.as_str());
            });
            assert_eq!(code, "no_wording", "{place} {locale}");
        }
        assert_eq!(refused(|document| at(document, "it", "x".into())), "malformed", "{place}");
        assert_eq!(refused(|document| at(document, "en", Value::Null)), "malformed", "{place}");
        assert_eq!(refused(|document| at(document, "ja", "".into())), "unsafe", "{place}");
        assert_eq!(refused(|document| at(document, "en", "a\u{202E}b".into())), "unsafe", "{place}");
        assert_eq!(refused(|document| at(document, "fr", "x".repeat(71).into())), "unsafe", "{place}");
        assert_eq!(refused(|document| at(document, "de", " a".into())), "not_as_drawn", "{place}");
        assert_eq!(refused(|document| at(document, "de", "Cafe\u{301}".into())), "not_as_drawn", "{place}");
    }
    assert_eq!(refused(|document| document[0]["members"][0]["label"]["en"] = "The iban".into()), "same_wording");
    assert_eq!(refused(|document| document[0]["title"]["ja"] = "New payee (ja)".into()), "same_wording");
    assert_eq!(
        refused(|document| document[0]["members"][7]["values"][0]["label"]["es"] = "Later (es)".into()),
        "same_wording"
    );
    let twice = document().to_string().replacen(r#""en":"#, r#""en":"Other","en":"#, 1);
    assert_eq!(DetailTypes::parse(&twice).unwrap_err().code(), "malformed");
}

#[test]
fn declared_kinds_and_counts_are_bounded() {
    assert_eq!(refused(|document| document[0]["members"][0]["kind"] = "html".into()), "kind");
    assert_eq!(refused(|document| document[0]["members"][0]["kind"] = "Name".into()), "kind");
    assert_eq!(refused(|document| document[0]["members"][0]["kind"] = "choice".into()), "values");
    assert_eq!(refused(|document| document[0]["members"][7]["kind"] = "name".into()), "values");
    assert_eq!(refused(|document| document[0]["members"][7]["values"] = json!([])), "count");
    assert_eq!(refused(|document| document[0]["members"] = json!([])), "count");
    let many = |count: usize| (0..count).map(|at| member(&format!("m{at}"), "name", true)).collect::<Vec<_>>();
    assert_eq!(refused(|document| document[0]["members"] = many(17).into()), "count");
    assert_eq!(refused(|document| document[0]["members"][0]["emphasis"] = "loud".into()), "malformed");
    assert_eq!(refused(|document| document[0]["members"][0]["required"] = Value::Null), "malformed");
    assert_eq!(refused(|document| document[0]["members"][0]["hint"] = "x".into()), "malformed");
    assert_eq!(refused(|document| *document = json!({})), "malformed");
    let type_ = |at: usize| json!({"type": format!("t{at}"), "title": words(&format!("T{at}")), "members": many(1)});
    assert!(DetailTypes::parse(&Value::from((0..32).map(type_).collect::<Vec<_>>()).to_string()).is_ok());
    assert_eq!(refused(|document| *document = (0..33).map(type_).collect::<Vec<_>>().into()), "count");
    let blank = |bytes: usize| DetailTypes::parse(&" ".repeat(bytes)).unwrap_err().code();
    assert_eq!((blank(64 * 1024), blank(64 * 1024 + 1)), ("malformed", "count"));
    assert!(DetailTypes::parse(&json!([{"type": "t", "title": words("T"), "members": many(16)}]).to_string()).is_ok());
}
