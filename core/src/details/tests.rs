use super::*;

const ACME: &str = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;

#[test]
fn a_payment_is_read_whole() {
    let Detail::Payment(payment) = Detail::parse(ACME).unwrap();
    assert_eq!(payment.amount.amount(), "42.50");
    assert_eq!(payment.amount.currency().code(), "EUR");
    assert_eq!(payment.payee.shown(), "ACME");
    assert_eq!(payment.account.unwrap().as_str(), "DE02100100109307118603");
    assert_eq!(payment.reference.unwrap().shown(), "Order 1001");
    assert_eq!((payment.agent, payment.end_to_end), (None, None));
}

#[test]
fn optional_members_are_read() {
    let raw = ACME
        .replace(r#""creditorName""#, r#""endToEndIdentification":"E2E-7","creditorAgent":"DEUTDEFF","creditorName""#);
    let Detail::Payment(payment) = Detail::parse(&raw).unwrap();
    assert_eq!(payment.agent.unwrap().as_str(), "DEUTDEFF");
    assert_eq!(payment.end_to_end.unwrap().shown(), "E2E-7");
}

#[test]
fn a_hostile_payee_is_drawn_and_flawed() {
    let Detail::Payment(payment) = Detail::parse(&ACME.replace("ACME", r"\u202EEMCA")).unwrap();
    assert_eq!(payment.payee.shown(), "⟨U+202E⟩EMCA");
    assert!(payment.payee.flaw().is_some());
}

#[test]
fn a_type_without_renderer_is_unknown() {
    let raw = r#"{"type":"account_information","accounts":[]}"#;
    assert_eq!(Detail::parse(raw), Err(DetailError::UnknownType("account_information".into())));
    assert_eq!(type_shown(raw).shown(), "account_information");
    assert_eq!(type_shown("[]").shown(), "");
}

#[test]
fn any_departure_from_the_shape_is_malformed() {
    let sequence = r#"["payment_initiation",{"currency":"EUR","amount":"42.50"},"ACME"]"#;
    for raw in [
        "",
        "{}",
        "null",
        "[]",
        "\"payment_initiation\"",
        sequence,
        r#"{"type":7}"#,
        r#"{"type":["payment_initiation"]}"#,
        r#"{"type":"payment_initiation"}"#,
        &format!("{ACME} {ACME}"),
        &format!("[{ACME}]"),
        &ACME.replace(r#""EUR","#, r#""EUR","currency":"USD","#),
        &ACME.replace(r#""creditorName":"ACME""#, r#""creditorName":"ACME","creditorName":"ACME""#),
        &ACME.replace(r#""type":"payment_initiation""#, r#""type":"payment_initiation","type":"payment_initiation""#),
        &ACME.replace(r#""creditorName":"ACME""#, r#""creditorName":"ACME","debtorName":"Bob""#),
        &ACME.replace(r#""creditorName":"ACME","#, ""),
        &ACME.replace(r#""creditorName":"ACME""#, r#""creditorName":null"#),
        &ACME.replace(r#""creditorName":"ACME""#, r#""creditorName":["ACME"]"#),
        &ACME.replace(r#""Order 1001""#, "null"),
        &ACME.replace(r#""Order 1001""#, r#"["Order 1001"]"#),
        &ACME.replace(r#""Order 1001""#, "1001"),
        &ACME.replace(r#""42.50""#, "42.50"),
        &ACME.replace(r#""42.50""#, "42"),
        &ACME.replace(r#"{"currency":"EUR","amount":"42.50"}"#, r#"["EUR","42.50"]"#),
        &ACME.replace(r#"{"iban":"DE02100100109307118603"}"#, r#"["DE02100100109307118603"]"#),
        &ACME.replace(r#"{"iban":"DE02100100109307118603"}"#, r#"{"iban":"DE02100100109307118603","bban":"1"}"#),
        &ACME.replace(r#"{"iban":"DE02100100109307118603"}"#, r#"{"bban":"100100109307118603"}"#),
        &ACME.replace(r#"{"iban":"DE02100100109307118603"}"#, "{}"),
        &ACME.replace(r#"{"iban":"DE02100100109307118603"}"#, "null"),
    ] {
        assert!(matches!(Detail::parse(raw), Err(DetailError::Malformed(_))), "{raw}: {:?}", Detail::parse(raw));
    }
}

#[test]
fn values_are_refused_for_their_own_reason() {
    let amount = ACME.replace("42.50", "42.5");
    assert!(matches!(Detail::parse(&amount), Err(DetailError::Amount(MoneyError::MinorUnits { .. }))));
    let account = ACME.replace("DE021", "DE031");
    assert_eq!(Detail::parse(&account), Err(DetailError::Account(IbanError::CheckDigits)));
    let agent = ACME.replace(r#""creditorName""#, r#""creditorAgent":"DEUT","creditorName""#);
    assert_eq!(Detail::parse(&agent), Err(DetailError::Agent(BicError)));
}

/// Takes every member of the known shape away or renames it: nothing may be optional by accident.
#[test]
fn no_member_can_be_misspelt() {
    for member in [
        "type",
        "instructedAmount",
        "currency",
        "amount",
        "creditorName",
        "creditorAccount",
        "iban",
        "remittanceInformationUnstructured",
    ] {
        let raw = ACME.replacen(&format!("\"{member}\":"), &format!("\"{member}s\":"), 1);
        assert!(matches!(Detail::parse(&raw), Err(DetailError::Malformed(_))), "{member}");
    }
}
