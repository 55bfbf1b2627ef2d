use serde_json::{Value, json};

use super::*;
use crate::{
    details::DetailTypes,
    jose::{Digest, json},
    message::{
        claims::Locale,
        enrolment::CallPolicy,
        request::{BindingMode, Request},
    },
};

/// Returns a payment request with changed members. `null` removes a member.
fn request(changes: Value) -> Request {
    let mut claims = json!({
        "iss": "https://bank.example",
        "aud": "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "sub": "enrolment-1", "jti": "j1", "txn": "t1", "iat": 1_769_860_800, "exp": 1_769_861_100, "seq": 7,
        "client": {"id": "shop", "name": "ACME Shop"},
        "scope": "openid",
        "uv": "required",
        "binding": {"mode": "entry", "length": 6, "charset": "digits"},
        "details": [payment("42.50", "ACME")],
        "context": {"ip": "192.0.2.7", "place": "Zürich", "agent": "Firefox on Linux", "at": 1_769_860_790},
        "nonce": "n1"
    });
    for (member, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(member)),
            value => claims[member] = value.clone(),
        }
    }
    json::from_str(&claims.to_string()).unwrap()
}

/// Lays out a request by model 3, without declared types.
fn display(request: &Request, locale: Locale) -> Display {
    super::display(request, locale, &DetailTypes::default(), Model::V3)
}

fn payment(amount: &str, payee: &str) -> Value {
    json!({
        "type": "payment_initiation",
        "instructedAmount": {"currency": "EUR", "amount": amount},
        "creditorName": payee,
        "creditorAccount": {"iban": "DE02100100109307118603"},
        "remittanceInformationUnstructured": "Order 1001"
    })
}

fn shown(display: &Display) -> Vec<(String, &str)> {
    display.fields.iter().map(|field| (field.id.to_string(), field.value.as_str())).collect()
}

fn pairs<'a>(expected: &[(&str, &'a str)]) -> Vec<(String, &'a str)> {
    expected.iter().map(|&(id, value)| (id.to_owned(), value)).collect()
}

fn value_of<'a>(display: &'a Display, id: &str) -> Option<&'a str> {
    display.fields.iter().find(|field| field.id.to_string() == id).map(|field| field.value.as_str())
}

fn full_report(display: &Display) -> RenderReport {
    let drawn = display.fields.iter().map(|field| field.id.to_string()).collect();
    RenderReport { drawn, shown_ms: 1500, obscured: false, shared: false, call_active: false }
}

fn review(changes: Value) -> Review {
    Review::new(&request(changes), Digest::of(b"request"), Locale::En, &DetailTypes::default(), Model::V3)
}

#[test]
fn payment_is_laid_out_in_order() {
    let display = display(&request(json!({})), Locale::En);
    assert_eq!(
        shown(&display),
        pairs(&[
            ("client", "ACME Shop"),
            ("issuer", "bank.example"),
            ("scope", "Sign in"),
            ("amount", "42.50 EUR"),
            ("payee", "ACME"),
            ("account", "DE02 1001 0010 9307 1186 03"),
            ("reference", "Order 1001"),
            ("binding", "Type the 6 digits that the other screen shows"),
            ("place", "Zürich"),
            ("agent", "Firefox on Linux"),
            ("ip", "192.0.2.7"),
            ("began", "2026-01-31T11:59:50Z"),
            ("expiry", "2026-01-31T12:05:00Z"),
        ])
    );
    assert_eq!(display.approvable, Ok(()));
    let [payment] = display.payments.as_slice() else { panic!("one payment") };
    assert_eq!((payment.amount.as_str(), payment.currency.as_str(), payment.payee.as_str()), ("42.50", "EUR", "ACME"));
    assert_eq!(payment.account.as_deref(), Some("DE02100100109307118603"));
}

#[test]
fn login_shows_its_purposes() {
    let changes = json!({"details": null, "context": null, "scope": "openid profile email read:invoices openid",
        "binding": {"mode": "display"}, "message": "W4\nSCT"});
    let login = display(&request(changes.clone()), Locale::De);
    assert_eq!(
        shown(&login),
        pairs(&[
            ("client", "ACME Shop"),
            ("issuer", "bank.example"),
            ("scope", "Anmeldung, Name und Profil, E-Mail-Adresse, read:invoices"),
            ("message", "W4 SCT"),
            ("binding", "Nur bestätigen, wenn der andere Bildschirm dieselbe Nachricht zeigt"),
            ("expiry", "2026-01-31T12:05:00Z"),
        ])
    );
    assert_eq!((login.approvable, login.payments.len()), (Ok(()), 0));
    let japanese = display(&request(changes), Locale::Ja);
    assert_eq!(value_of(&japanese, "scope"), Some("ログイン、氏名とプロフィール、メールアドレス、read:invoices"));
}

#[test]
fn fields_of_several_payments_are_numbered() {
    let details = json!([payment("1.00", "ACME"), {"type": "tax_return"}, payment("1234567.89", "Bäckerei Müller")]);
    let display = display(&request(json!({"details": details})), Locale::De);
    assert_eq!(value_of(&display, "amount"), Some("1,00 EUR"));
    assert_eq!(value_of(&display, "detail.2"), Some("tax_return"));
    assert_eq!(value_of(&display, "amount.2"), None);
    assert_eq!(value_of(&display, "amount.3"), Some("1.234.567,89 EUR"));
    assert_eq!(value_of(&display, "payee.3"), Some("Bäckerei Müller"));
    assert_eq!(display.approvable, Err(NotApprovable::UnknownDetail));
}

/// The user always sees the client and the expiry, and the reason has a code.
#[test]
fn request_that_cannot_be_approved_is_shown() {
    let bidi = "Honest\u{202E} Shop";
    let mut nine = Vec::new();
    nine.resize(9, payment("1.00", "ACME"));
    for (changes, code) in [
        (json!({"ext": ["adp:geo"]}), "unknown_extension"),
        (json!({"uv": "none"}), "no_verification"),
        (json!({"details": [{"type": "tax_return"}]}), "unknown_detail"),
        (json!({"details": [{"type": "account_information"}]}), "malformed_detail"),
        (json!({"details": [{"type": "payment_initiation"}]}), "malformed_detail"),
        (json!({"details": [["payment_initiation"]]}), "malformed_detail"),
        (json!({"details": [7]}), "malformed_detail"),
        (json!({"details": [payment("42.5", "ACME")]}), "malformed_detail"),
        (json!({"details": [payment("42.50", bidi)]}), "unsafe_text"),
        (json!({"details": [payment("42.50", "")]}), "unsafe_text"),
        (json!({"details": nine}), "too_many"),
        (json!({"client": {"id": "shop", "name": bidi}}), "unsafe_text"),
        (json!({"client": {"id": "shop", "name": " "}}), "unsafe_text"),
        (json!({"client": {"id": "shop", "name": "АСМЕ"}}), "unsafe_text"),
        (json!({"scope": "openid \u{202E}evil"}), "unsafe_text"),
        (json!({"scope": "openid банк"}), "unsafe_text"),
        (json!({"iss": "https://paypaI.example"}), "unsafe_text"),
        (json!({"iss": "https://bank.example:443"}), "unsafe_text"),
        (json!({"iss": format!("https://bank.example/{}", "a".repeat(58))}), "unsafe_text"),
        (json!({"message": "x".repeat(201)}), "unsafe_text"),
        (json!({"message": "the value is 123456"}), "malformed_binding"),
        (json!({"message": "42", "binding": {"mode": "choice", "options": ["17", "42"]}}), "malformed_binding"),
        (json!({"message": "\n"}), "unsafe_text"),
        (json!({"context": {"place": ""}}), "unsafe_text"),
        (json!({"binding": {"mode": "display"}}), "malformed_binding"),
        (json!({"binding": {"mode": "choice", "options": ["17", "42", "17"]}}), "malformed_binding"),
        (json!({"binding": {"mode": "choice", "options": ["17", "42 "]}}), "malformed_binding"),
        (json!({"binding": {"mode": "choice", "options": ["17", "\u{202E}42"]}}), "malformed_binding"),
    ] {
        let review = review(changes.clone());
        let display = review.display();
        assert_eq!(display.approvable.map_err(NotApprovable::code), Err(code), "{changes}");
        assert!(value_of(display, "client").is_some() && value_of(display, "expiry").is_some(), "{changes}");
        assert!(display.fields.iter().all(|field| !field.value.contains('\u{202E}') && !field.value.is_empty()));
        let report = full_report(display);
        let refused = review.rendered(&report, &DisplayPolicy::default());
        assert_eq!(refused.map_err(|error| error.code()).err(), Some(code), "{changes}");
    }
}

#[test]
fn empty_extension_list_is_accepted() {
    assert_eq!(display(&request(json!({"ext": []})), Locale::En).approvable, Ok(()));
}

#[test]
fn message_without_binding_is_shown_but_not_approvable() {
    let of = |changes| display(&request(changes), Locale::En);
    let with = of(json!({"message": "Order 7", "binding": {"mode": "none"}}));
    assert_eq!((value_of(&with, "message"), value_of(&with, "binding")), (Some("Order 7"), None));
    assert_eq!(with.approvable, Err(NotApprovable::MalformedBinding));
    assert_eq!(of(json!({"binding": {"mode": "none"}})).approvable, Ok(()));
}

#[test]
fn choices_are_listed_in_the_instruction() {
    let display = display(&request(json!({"binding": {"mode": "choice", "options": ["17", "42", "80"]}})), Locale::Es);
    assert_eq!(value_of(&display, "binding"), Some("Elija lo que muestra la otra pantalla: 17 / 42 / 80"));
    assert_eq!(display.approvable, Ok(()));
}

#[test]
fn request_with_maximum_parts_is_approvable() {
    let details: Vec<Value> = std::iter::repeat_n(payment("1.00", "ACME"), 8).collect();
    let scope = |count: usize| (0..count).map(|at| format!("s{at} ")).collect::<String>();
    let approvable = |changes| display(&request(changes), Locale::En).approvable;
    assert_eq!(approvable(json!({"details": details, "scope": scope(16)})), Ok(()));
    assert_eq!(approvable(json!({"scope": scope(17)})), Err(NotApprovable::TooMany));
}

#[test]
fn known_scopes_have_wordings() {
    let scope = "openid profile email phone address offline_access";
    let display = display(&request(json!({"details": null, "scope": scope})), Locale::En);
    let words = "Sign in, Name and profile, Email address, Phone number, Postal address, Access while you are away";
    assert_eq!(value_of(&display, "scope"), Some(words));
}

#[test]
fn invisible_scope_is_drawn_and_not_approvable() {
    let display = display(&request(json!({"details": null, "scope": "openid \u{a0}"})), Locale::En);
    assert_eq!(value_of(&display, "scope"), Some("Sign in, ⟨⟩"));
    assert_eq!(display.approvable, Err(NotApprovable::UnsafeText));
}

#[test]
fn every_payment_member_has_a_field() {
    let mut detail = payment("5000", "株式会社山田");
    detail["instructedAmount"]["currency"] = "JPY".into();
    detail["creditorAgent"] = "BOTKJPJT".into();
    detail["endToEndIdentification"] = "E2E-7".into();
    let display = display(&request(json!({"details": [detail], "context": null})), Locale::Ja);
    for (id, value) in
        [("amount", "5,000 JPY"), ("payee", "株式会社山田"), ("bank", "BOTKJPJT"), ("end_to_end", "E2E-7")]
    {
        assert_eq!(value_of(&display, id), Some(value));
    }
}

#[test]
fn hidden_characters_in_names_are_drawn() {
    let display = display(&request(json!({"client": {"id": "shop", "name": "Honest\u{202E}Shop"}})), Locale::En);
    assert_eq!(value_of(&display, "client"), Some("Honest⟨U+202E⟩Shop"));
    assert_eq!(value_of(&display, "amount"), Some("42.50 EUR"));
}

#[test]
fn right_to_left_value_has_its_direction() {
    let display = display(&request(json!({"details": [payment("42.50", "بنك الأردن")]})), Locale::En);
    assert_eq!(display.approvable, Ok(()));
    let direction = |id: &str| display.fields.iter().find(|field| field.id.to_string() == id).unwrap().direction;
    assert_eq!(direction("payee").as_str(), "rtl");
    assert_eq!(direction("amount").as_str(), "ltr");
}

#[test]
fn complete_report_returns_ticket_with_signed_data() {
    let without_a_call = review(json!({}));
    let review = review(json!({}));
    let hash = review.display().hash;
    let policy = DisplayPolicy { binding_floor: BindingMode::Entry, min_shown_ms: 1500, ..DisplayPolicy::default() };
    let report = RenderReport { call_active: true, ..full_report(review.display()) };
    let ticket = review.rendered(&report, &policy).unwrap();
    assert_eq!((ticket.display_hash(), ticket.request_hash()), (hash, Digest::of(b"request")));
    assert_eq!((ticket.txn().as_str(), ticket.locale(), ticket.shown_ms()), ("t1", Locale::En, 1500));
    assert_eq!((ticket.binding_mode(), ticket.call_active()), (BindingMode::Entry, true));
    assert_eq!(ticket.payments()[0].payee, "ACME");
    assert_eq!(ticket.binding_value(Some("12345".into())).err(), Some(BindingError::Length { expected: 6 }));
    assert_eq!(ticket.binding_value(Some("123 456".into())).unwrap().to_wire().as_deref(), Some("123456"));
    let report = full_report(without_a_call.display());
    assert!(!without_a_call.rendered(&report, &policy).unwrap().call_active());
}

#[test]
fn incomplete_report_is_rejected() {
    let policy = DisplayPolicy { min_shown_ms: 1500, calls: CallPolicy::Block, ..DisplayPolicy::default() };
    let good = full_report(review(json!({})).display());
    let refused = |report: RenderReport| review(json!({})).rendered(&report, &policy).err();
    assert_eq!(refused(good.clone()), None);
    for at in 0..good.drawn.len() {
        let mut report = good.clone();
        let left_out = report.drawn.remove(at).parse().unwrap();
        assert_eq!(refused(report), Some(NotRendered::Missing(left_out)));
    }
    for unknown in ["amount.2", "total", "", "client "] {
        let mut report = good.clone();
        report.drawn.push(unknown.into());
        assert_eq!(refused(report), Some(NotRendered::Unknown(unknown.into())));
    }
    assert_eq!(refused(RenderReport { obscured: true, ..good.clone() }), Some(NotRendered::Obscured));
    assert_eq!(refused(RenderReport { shared: true, ..good.clone() }), Some(NotRendered::Shared));
    assert_eq!(refused(RenderReport { call_active: true, ..good.clone() }), Some(NotRendered::CallActive));
    let short = NotRendered::TooShort { shown_ms: 1499, min_shown_ms: 1500 };
    assert_eq!(refused(RenderReport { shown_ms: 1499, ..good }), Some(short));
}

#[test]
fn binding_below_floor_is_not_approvable() {
    let policy = |binding_floor| DisplayPolicy { binding_floor, ..DisplayPolicy::default() };
    let choice = json!({"binding": {"mode": "choice", "options": ["17", "42", "80"]}});
    assert_eq!(review(choice.clone()).approvable(&policy(BindingMode::Choice)), Ok(()));
    assert_eq!(review(choice.clone()).approvable(&policy(BindingMode::Entry)), Err(NotApprovable::BindingBelowFloor));
    let review = review(choice);
    let report = full_report(review.display());
    let refused = review.rendered(&report, &policy(BindingMode::Scan)).err();
    assert_eq!(refused, Some(NotRendered::NotApprovable(NotApprovable::BindingBelowFloor)));
}

#[test]
fn binding_mode_that_the_issuer_does_not_use_is_rejected() {
    let policy = |modes: &[BindingMode]| DisplayPolicy {
        binding_floor: BindingMode::Display,
        binding_modes: modes.iter().copied().collect(),
        ..DisplayPolicy::default()
    };
    let choice = json!({"binding": {"mode": "choice", "options": ["17", "42", "80"]}});
    let strict = policy(&[BindingMode::Display, BindingMode::Entry, BindingMode::Scan]);
    assert_eq!(review(choice.clone()).approvable(&strict), Err(NotApprovable::BindingNotAllowed));
    assert_eq!(review(json!({})).approvable(&strict), Ok(()));
    assert_eq!(review(choice.clone()).approvable(&policy(&[BindingMode::Choice])), Ok(()));
    let review = review(choice);
    let refused = review.again().rendered(&full_report(review.display()), &strict).err();
    assert_eq!(refused, Some(NotRendered::NotApprovable(NotApprovable::BindingNotAllowed)));
    let ticket = review.again().rendered(&full_report(review.display()), &DisplayPolicy::default()).unwrap();
    assert_eq!(ticket.check_policy(&strict).err(), refused);
}

#[test]
fn outdated_app_is_reported_before_any_other_reason() {
    let outdated = DisplayPolicy { app_outdated: true, ..DisplayPolicy::default() };
    for request in [json!({}), json!({"ext": ["later"]})] {
        let review = review(request);
        assert_eq!(review.approvable(&outdated), Err(NotApprovable::AppOutdated));
        let refused = review.again().rendered(&full_report(review.display()), &outdated).err();
        assert_eq!(refused, Some(NotRendered::NotApprovable(NotApprovable::AppOutdated)));
    }
}

/// The layout of the module documentation, written a second time.
#[test]
fn display_hash_covers_documented_bytes() {
    let request = request(json!({"details": null, "context": null, "binding": {"mode": "none"}}));
    let mut bytes = vec![0, 0, 0, 4];
    for text in [
        "client",
        "field.client",
        "",
        "ACME Shop",
        "client",
        "ltr",
        "strong",
        "issuer",
        "field.issuer",
        "",
        "bank.example",
        "issuer",
        "ltr",
        "normal",
        "scope",
        "field.scope",
        "",
        "Connexion",
        "scope",
        "ltr",
        "normal",
        "expiry",
        "field.expiry",
        "",
        "2026-01-31T12:05:00Z",
        "expiry",
        "ltr",
        "muted",
        "fr",
    ] {
        bytes.extend([0, 0, 0, u8::try_from(text.len()).unwrap()]);
        bytes.extend(text.as_bytes());
    }
    for (model, version) in [(Model::V3, b"3"), (Model::V4, b"4")] {
        let all = [&bytes[..], &[0, 0, 0, 1], version].concat();
        let display = super::display(&request, Locale::Fr, &DetailTypes::default(), model);
        assert_eq!(display.hash, Digest::of(&all));
    }
}

#[test]
fn display_hash_covers_locale_and_every_field_part() {
    let mut hashes: Vec<_> = Locale::ALL.map(|locale| display(&request(json!({})), locale).hash).to_vec();
    let fields = display(&request(json!({})), Locale::En).fields;
    for at in 0..fields.len() {
        let mut change = |edit: &dyn Fn(&mut Field)| {
            let mut changed = fields.clone();
            edit(&mut changed[at]);
            hashes.push(hash::hash(&changed, Locale::En, Model::V3));
        };
        change(&|field| field.value.push('x'));
        change(&|field| field.id = "detail.9".parse().unwrap());
        change(&|field| field.role = Role::EndToEnd);
        change(&|field| field.label_key = LabelKey::Role(Role::Detail));
        change(&|field| field.label = Some("Other".into()));
        change(&|field| field.direction = crate::text::Direction::Rtl);
        change(&|field| {
            field.emphasis = if field.emphasis == Emphasis::Muted { Emphasis::Strong } else { Emphasis::Muted };
        });
        let mut shorter = fields.clone();
        shorter.remove(at);
        hashes.push(hash::hash(&shorter, Locale::En, Model::V3));
        if at > 0 {
            let mut swapped = fields.clone();
            swapped.swap(at - 1, at);
            hashes.push(hash::hash(&swapped, Locale::En, Model::V3));
        }
    }
    let all = hashes.len();
    hashes.sort_unstable_by_key(|hash| *hash.as_bytes());
    hashes.dedup();
    assert_eq!(hashes.len(), all);
}

#[test]
fn field_is_serialised_as_documented() {
    let display = display(&request(json!({"scope": null})), Locale::En);
    assert_eq!(
        serde_json::to_value(&display.fields[2]).unwrap(),
        json!({"id": "amount", "label_key": "field.amount", "value": "42.50 EUR", "role": "amount",
            "direction": "ltr", "emphasis": "strong"})
    );
}

mod ambiguity;
mod details;
mod models;
mod properties;
