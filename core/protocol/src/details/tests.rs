use super::*;

const ACME: &str = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;

fn parse(raw: &str) -> Result<Detail, DetailError> {
    Detail::parse(raw, &DetailTypes::default())
}

fn order(raw: &str) -> PaymentOrder {
    match parse(raw).unwrap() {
        Detail::Payment(order) => order,
        other => panic!("{other:?}"),
    }
}

fn payment(raw: &str) -> Payment {
    match order(raw).payments {
        Payments::One(payment) => payment,
        other => panic!("{other:?}"),
    }
}

/// Returns a payment with additional members.
fn with(members: &str) -> String {
    ACME.replace(r#""creditorName""#, &format!(r#"{members},"creditorName""#))
}

fn is_malformed(raw: &str) -> bool {
    matches!(parse(raw), Err(DetailError::Malformed(_)))
}

fn contradicts(raw: &str) -> bool {
    matches!(parse(raw), Err(DetailError::Contradiction(_)))
}

#[test]
fn payment_is_parsed_completely() {
    let read = order(ACME);
    assert_eq!((&read.from, &read.execution), (&None, &Execution::Now));
    let payment = payment(ACME);
    assert_eq!(payment.amount.amount(), "42.50");
    assert_eq!(payment.amount.currency().code(), "EUR");
    assert_eq!(payment.payee.shown(), "ACME");
    assert_eq!(payment.account.unwrap().as_str(), "DE02100100109307118603");
    assert_eq!(payment.reference.unwrap().shown(), "Order 1001");
    assert_eq!((payment.agent, payment.end_to_end), (None, None));
}

#[test]
fn optional_members_are_parsed() {
    let raw = with(
        r#""endToEndIdentification":"E2E-7","creditorAgent":"DEUTDEFF","debtorAccount":{"iban":"NO9386011117947"},
        "requestedExecutionDate":"2026-02-28""#,
    );
    let order = order(&raw);
    assert_eq!(order.from.unwrap().as_str(), "NO9386011117947");
    assert_eq!(order.execution, Execution::On(Date::parse("2026-02-28").unwrap()));
    let payment = payment(&raw);
    assert_eq!(payment.agent.unwrap().as_str(), "DEUTDEFF");
    assert_eq!(payment.end_to_end.unwrap().shown(), "E2E-7");
}

#[test]
fn hostile_payee_is_drawn_with_flaw() {
    let payment = payment(&ACME.replace("ACME", r"\u202EEMCA"));
    assert_eq!(payment.payee.shown(), "⟨U+202E⟩EMCA");
    assert!(payment.payee.flaw().is_some());
}

#[test]
fn undeclared_type_is_unknown() {
    let raw = r#"{"type":"tax_return","accounts":[]}"#;
    assert_eq!(parse(raw), Err(DetailError::UnknownType("tax_return".into())));
    assert_eq!(type_shown(raw).shown(), "tax_return");
    assert_eq!(type_shown("[]").shown(), "");
}

#[test]
fn payment_with_another_shape_is_malformed() {
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
        &with(r#""creditorName":"ACME""#),
        &ACME.replace(r#""type":"payment_initiation""#, r#""type":"payment_initiation","type":"payment_initiation""#),
        &with(r#""debtorName":"Bob""#),
        &with(r#""requestedExecutionTime":"2026-02-28T10:00:00Z""#),
        &with(r#""requestedExecutionDate":null"#),
        &with(r#""requestedExecutionDate":20260228"#),
        &with(r#""debtorAccount":null"#),
        &with(r#""debtorAccount":{"maskedPan":"123456xxxxxx1234"}"#),
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
        assert!(is_malformed(raw), "{raw}: {:?}", parse(raw));
    }
}

#[test]
fn malformed_value_has_its_own_error() {
    let amount = ACME.replace("42.50", "42.5");
    assert!(matches!(parse(&amount), Err(DetailError::Amount(MoneyError::MinorUnits { .. }))));
    let account = ACME.replace("DE021", "DE031");
    assert_eq!(parse(&account), Err(DetailError::Account(IbanError::CheckDigits)));
    assert_eq!(parse(&with(r#""creditorAgent":"DEUT""#)), Err(DetailError::Agent(BicError)));
    let debtor = with(r#""debtorAccount":{"iban":"DE03100100109307118603"}"#);
    assert_eq!(parse(&debtor), Err(DetailError::Account(IbanError::CheckDigits)));
    for date in ["2026-02-29", "2026-1-1", "28.02.2026", "2026-02-28T00:00:00Z", ""] {
        assert_eq!(parse(&with(&format!(r#""requestedExecutionDate":"{date}""#))), Err(DetailError::Date(DateError)));
    }
}

/// Renames each known member. No member is optional by accident.
#[test]
fn misspelt_member_is_malformed() {
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
        assert!(is_malformed(&raw), "{member}");
    }
}

fn standing(members: &str) -> String {
    with(&format!(r#""startDate":"2026-03-01","frequency":"Monthly"{members}"#))
}

fn schedule(raw: &str) -> Schedule {
    match order(raw).execution {
        Execution::Repeated(schedule) => schedule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn standing_order_is_parsed_completely() {
    let raw = standing(r#","endDate":"2027-02-28","dayOfExecution":"15","executionRule":"preceding""#);
    let expected = Schedule {
        start: Date::parse("2026-03-01").unwrap(),
        end: Some(Date::parse("2027-02-28").unwrap()),
        frequency: Frequency::Monthly,
        months: vec![],
        day: Some(15),
        rule: Some(ExecutionRule::Preceding),
    };
    assert_eq!(schedule(&raw), expected);
    let least = schedule(&standing(""));
    assert_eq!((least.end, least.day, least.rule), (None, None, None));
    assert_eq!(schedule(&standing(r#","executionRule":"following""#)).rule, Some(ExecutionRule::Following));
    // A span of one day is valid.
    assert!(parse(&standing(r#","endDate":"2026-03-01""#)).is_ok());
}

#[test]
fn frequency_is_parsed_by_exact_code() {
    for frequency in Frequency::ALL {
        let months =
            if frequency == Frequency::MonthlyVariable { r#","monthsOfExecution":["1","4","10"]"# } else { "" };
        let raw = standing(months).replace("Monthly\"", &format!("{}\"", frequency.as_str()));
        assert_eq!(schedule(&raw).frequency, frequency);
    }
    let months =
        schedule(&standing(r#","monthsOfExecution":["1","4","10"]"#).replace("Monthly\"", "MonthlyVariable\"")).months;
    assert_eq!(months, [1, 4, 10]);
    for unknown in ["", "monthly", "MONTHLY", "Monthly ", "Fortnightly", "EveryThreeWeeks", "Hourly"] {
        let raw = standing("").replace("\"Monthly\"", &format!("{unknown:?}"));
        assert!(is_malformed(&raw), "{unknown}");
    }
    assert!(is_malformed(&standing("").replace("\"Monthly\"", r#"{"Monthly":null}"#)));
}

#[test]
fn contradictory_standing_order_is_rejected() {
    for raw in [
        with(r#""startDate":"2026-03-01""#),
        with(r#""frequency":"Monthly""#),
        with(r#""endDate":"2026-03-01""#),
        with(r#""dayOfExecution":"1""#),
        with(r#""executionRule":"following""#),
        with(r#""monthsOfExecution":["1"]"#),
        standing(r#","endDate":"2026-02-28""#),
        standing(r#","requestedExecutionDate":"2026-03-01""#),
        standing(r#","monthsOfExecution":["1"]"#),
        standing("").replace("Monthly\"", "MonthlyVariable\""),
        standing(r#","monthsOfExecution":[]"#).replace("Monthly\"", "MonthlyVariable\""),
        standing(r#","monthsOfExecution":["4","1"]"#).replace("Monthly\"", "MonthlyVariable\""),
        standing(r#","monthsOfExecution":["1","1"]"#).replace("Monthly\"", "MonthlyVariable\""),
        standing(r#","monthsOfExecution":["1","2","3","4","5","6","7","8","9","10","11","12"]"#)
            .replace("Monthly\"", "MonthlyVariable\""),
        standing(r#","dayOfExecution":"1""#).replace("Monthly\"", "Daily\""),
        standing(r#","dayOfExecution":"1""#).replace("Monthly\"", "Weekly\""),
        standing(r#","dayOfExecution":"1""#).replace("Monthly\"", "EveryTwoWeeks\""),
    ] {
        assert!(contradicts(&raw), "{raw}: {:?}", parse(&raw));
    }
}

#[test]
fn standing_order_numbers_have_one_spelling() {
    for day in ["0", "32", "01", "+1", " 1", "1.", "", "١", "-1", "256", "last"] {
        assert!(is_malformed(&standing(&format!(r#","dayOfExecution":"{day}""#))), "{day}");
    }
    assert!(is_malformed(&standing(r#","dayOfExecution":1"#)));
    for month in ["0", "13", "01", ""] {
        let raw = standing(&format!(r#","monthsOfExecution":["{month}"]"#)).replace("Monthly\"", "MonthlyVariable\"");
        assert!(is_malformed(&raw), "{month}");
    }
    for rule in ["", "Following", "next"] {
        assert!(is_malformed(&standing(&format!(r#","executionRule":"{rule}""#))), "{rule}");
    }
    for day in 1..=31 {
        assert_eq!(schedule(&standing(&format!(r#","dayOfExecution":"{day}""#))).day, Some(day));
    }
}

/// Returns a batch of these entries with additional members.
fn batch(entries: &[String], members: &str) -> String {
    format!(r#"{{"type":"payment_initiation"{members},"payments":[{}]}}"#, entries.join(","))
}

fn entry(amount: &str, currency: &str, payee: &str) -> String {
    format!(r#"{{"instructedAmount":{{"currency":"{currency}","amount":"{amount}"}},"creditorName":"{payee}"}}"#)
}

fn totals(raw: &str) -> Vec<String> {
    order(raw).totals().unwrap().iter().map(|total| format!("{} {}", total.amount(), total.currency())).collect()
}

#[test]
fn batch_has_payments_and_totals() {
    let entries =
        [entry("1.10", "EUR", "A"), entry("500", "JPY", "B"), entry("2", "EUR", "C"), entry("0.01", "EUR", "A")];
    let raw = batch(&entries, r#","debtorAccount":{"iban":"NO9386011117947"},"requestedExecutionDate":"2026-02-28""#);
    let order = order(&raw);
    assert_eq!(order.payments().len(), 4);
    assert_eq!(order.payments()[2].payee.shown(), "C");
    assert!(matches!(order.execution, Execution::On(_)) && order.from.is_some());
    assert_eq!(totals(&raw), ["3.11 EUR", "500 JPY"]);
    assert_eq!(totals(ACME), ["42.50 EUR"]);
}

#[test]
fn batch_size_and_total_are_bounded() {
    let entries = |count| vec![entry("1.00", "EUR", "A"); count];
    assert!(parse(&batch(&entries(MAX_PAYMENTS), "")).is_ok());
    assert_eq!(parse(&batch(&entries(MAX_PAYMENTS + 1), "")), Err(DetailError::TooManyPayments));
    assert!(contradicts(&batch(&[], "")));
    let most = entry("9999999999999999.99", "EUR", "A");
    let sum = batch(&[most.clone(), entry("0.01", "EUR", "B")], "");
    assert_eq!(parse(&sum), Err(DetailError::Amount(MoneyError::TooLong)));
    assert!(parse(&batch(&[most, entry("0.01", "USD", "B")], "")).is_ok());
}

#[test]
fn batch_with_payment_members_is_rejected() {
    let one = [entry("1.00", "EUR", "A")];
    for members in [
        r#","creditorName":"B""#,
        r#","instructedAmount":{"currency":"EUR","amount":"1.00"}"#,
        r#","creditorAccount":{"iban":"DE02100100109307118603"}"#,
        r#","creditorAgent":"DEUTDEFF""#,
        r#","remittanceInformationUnstructured":"x""#,
        r#","endToEndIdentification":"x""#,
        r#","startDate":"2026-03-01","frequency":"Monthly""#,
    ] {
        assert!(contradicts(&batch(&one, members)), "{members}");
    }
    for bad in [
        r#"{"creditorName":"A"}"#.to_owned(),
        r#"{"instructedAmount":{"currency":"EUR","amount":"1.00"}}"#.to_owned(),
        one[0].replace("{\"instructed", "{\"type\":\"payment_initiation\",\"instructed"),
        one[0].replace("{\"instructed", "{\"requestedExecutionDate\":\"2026-02-28\",\"instructed"),
        one[0].replace("{\"instructed", "{\"debtorAccount\":{\"iban\":\"NO9386011117947\"},\"instructed"),
        one[0].replace("{\"instructed", "{\"payments\":[],\"instructed"),
        "[]".to_owned(),
        "null".to_owned(),
    ] {
        assert!(is_malformed(&batch(std::slice::from_ref(&bad), "")), "{bad}");
    }
    assert!(is_malformed(&batch(&one, "").replace('[', "{").replace(']', "}")));
}

fn accounts(members: &str) -> Result<AccountInformation, DetailError> {
    match parse(&format!(r#"{{"type":"account_information",{members}}}"#))? {
        Detail::Accounts(accounts) => Ok(accounts),
        other => panic!("{other:?}"),
    }
}

const ONE: &str = r#"[{"iban":"DE02100100109307118603"}]"#;

#[test]
fn actions_grant_access_to_all_accounts() {
    let read =
        accounts(r#""actions":["read_transactions","list_accounts"],"locations":["https://bank.example/accounts"]"#);
    let read = read.unwrap();
    let grant = |reading| Grant { reading, accounts: None };
    assert_eq!(read.grants, [grant(Reading::Accounts), grant(Reading::Transactions)]);
    assert_eq!(read.locations[0].shown(), "https://bank.example/accounts");
    assert_eq!((read.usage, read.until), (Usage::AnyTime, None));
}

#[test]
fn access_grants_named_accounts_only() {
    let read = accounts(&format!(
        r#""access":{{"balances":{ONE},"accounts":[{{"iban":"NO9386011117947"}},{{"iban":"DE02100100109307118603"}}]}},
        "recurringIndicator":true,"frequencyPerDay":4,"validUntil":"2026-08-31""#
    ));
    let read = read.unwrap();
    assert_eq!(read.grants.len(), 2);
    assert_eq!((read.grants[0].reading, read.grants[1].reading), (Reading::Accounts, Reading::Balances));
    assert_eq!(read.grants[0].accounts.as_ref().unwrap().len(), 2);
    assert_eq!(read.usage, Usage::PerDay(4));
    assert_eq!(read.until, Some(Date::parse("2026-08-31").unwrap()));
}

#[test]
fn contradictory_access_frequency_is_rejected() {
    let usage = |members: &str| accounts(&format!(r#""actions":["read_balances"]{members}"#)).map(|read| read.usage);
    assert_eq!(usage(""), Ok(Usage::AnyTime));
    assert_eq!(usage(r#","recurringIndicator":true"#), Ok(Usage::AnyTime));
    assert_eq!(usage(r#","recurringIndicator":false"#), Ok(Usage::Once));
    assert_eq!(usage(r#","recurringIndicator":false,"frequencyPerDay":1"#), Ok(Usage::Once));
    assert_eq!(usage(r#","recurringIndicator":true,"frequencyPerDay":1"#), Ok(Usage::PerDay(1)));
    for bad in [
        r#","recurringIndicator":false,"frequencyPerDay":2"#,
        r#","recurringIndicator":false,"frequencyPerDay":0"#,
        r#","recurringIndicator":true,"frequencyPerDay":0"#,
        r#","frequencyPerDay":4"#,
    ] {
        assert!(matches!(usage(bad), Err(DetailError::Contradiction(_))), "{bad}");
    }
}

#[test]
fn unsupported_account_access_is_rejected() {
    let several = |count: usize| {
        let ibans: Vec<String> = (0..count)
            .map(|at| {
                // One of the possible check digits fits the account.
                let fits = |check: usize| {
                    let raw = format!("NO{check:02}{at:011}");
                    Iban::parse(&raw).is_ok().then_some(raw)
                };
                format!(r#"{{"iban":"{}"}}"#, (2..=98).find_map(fits).unwrap())
            })
            .collect();
        format!(r#""access":{{"accounts":[{}]}}"#, ibans.join(","))
    };
    assert!(accounts(&several(16)).is_ok());
    for bad in [
        String::new() + r#""actions":[]"#,
        r#""actions":["read_balances","read_balances"]"#.into(),
        r#""locations":["https://bank.example"]"#.into(),
        r#""access":{}"#.into(),
        r#""access":{"accounts":[]}"#.into(),
        format!(r#""access":{{"accounts":{ONE}}},"actions":["read_balances"]"#),
        r#""access":{"accounts":[{"iban":"NO9386011117947"},{"iban":"NO9386011117947"}]}"#.into(),
        several(17),
        r#""actions":["read_balances"],"locations":["a","b","c","d","e"]"#.into(),
    ] {
        assert!(matches!(accounts(&bad), Err(DetailError::Contradiction(_))), "{bad}: {:?}", accounts(&bad));
    }
    for bad in [
        r#""actions":["read_everything"]"#,
        r#""actions":["Read_balances"]"#,
        r#""actions":"read_balances""#,
        r#""actions":["read_balances"],"datatypes":["contacts"]"#,
        r#""actions":["read_balances"],"combinedServiceIndicator":false"#,
        r#""actions":["read_balances"],"identifier":"x""#,
        r#""actions":["read_balances"],"privileges":["admin"]"#,
        r#""actions":["read_balances"],"recurringIndicator":"true""#,
        r#""actions":["read_balances"],"recurringIndicator":true,"frequencyPerDay":-1"#,
        r#""actions":["read_balances"],"recurringIndicator":true,"frequencyPerDay":4.0"#,
        r#""actions":["read_balances"],"recurringIndicator":true,"frequencyPerDay":65536"#,
        r#""actions":["read_balances"],"validUntil":null"#,
        r#""access":{"allPsd2":"allAccounts"}"#,
        r#""access":{"availableAccounts":"allAccounts"}"#,
        r#""access":{"accounts":[{"iban":"NO9386011117947","currency":"NOK"}]}"#,
        r#""access":{"accounts":[{"maskedPan":"123456xxxxxx1234"}]}"#,
        r#""access":{"accounts":["NO9386011117947"]}"#,
        r#""access":{"accounts":{"iban":"NO9386011117947"}}"#,
        r#""access":{"transactions":null}"#,
    ] {
        assert!(matches!(accounts(bad), Err(DetailError::Malformed(_))), "{bad}: {:?}", accounts(bad));
    }
    let iban = accounts(r#""access":{"accounts":[{"iban":"NO9386011117948"}]}"#);
    assert_eq!(iban, Err(DetailError::Account(IbanError::CheckDigits)));
    let date = accounts(r#""actions":["read_balances"],"validUntil":"2026-02-30""#);
    assert_eq!(date, Err(DetailError::Date(DateError)));
}
