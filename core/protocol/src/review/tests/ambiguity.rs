//! Two different requests never have the same display.

use super::*;

#[test]
fn choices_that_could_be_confused_are_not_approvable() {
    let with = |options: Value| json!({"binding": {"mode": "choice", "options": options}});
    for options in [json!(["A", "B / C"]), json!(["/ A", "B"]), json!(["A", "B /"]), json!(["A", "/"])] {
        let display = display(&request(with(options.clone())), Locale::En);
        assert_eq!(display.approvable, Err(NotApprovable::MalformedBinding), "{options}");
    }
    for options in [json!(["12 34", "1234"]), json!(["12-34", "1234"]), json!(["ab", "AB"]), json!(["A", "B", "A"])] {
        let display = display(&request(with(options.clone())), Locale::En);
        assert_eq!(display.approvable, Err(NotApprovable::MalformedBinding), "{options}");
    }
    for options in [json!(["1/2", "2/1"]), json!(["A/B", "A", "B"]), json!(["12 34", "12 35"])] {
        assert_eq!(display(&request(with(options)), Locale::En).approvable, Ok(()));
    }
}

#[test]
fn scope_that_reads_like_a_known_one_is_not_approvable() {
    for scope in
        ["openid Anmeldung", "Anmeldung", "openid connexion", "TELEFONNUMMER", "Postanschrift", "E-Mail-Adresse"]
    {
        for locale in Locale::ALL {
            let display = display(&request(json!({"scope": scope})), locale);
            assert_eq!(display.approvable, Err(NotApprovable::UnsafeText), "{scope}");
        }
    }
    let display = display(&request(json!({"scope": "openid accounts openid accounts payments"})), Locale::De);
    assert_eq!((value_of(&display, "scope"), display.approvable), (Some("Anmeldung, accounts, payments"), Ok(())));
}
