//! Properties of arbitrary requests.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_request_is_displayed_safely_and_deterministically(
        name in "\\PC{0,80}|.{0,20}", message in any::<String>(), scope in "\\PC{0,60}", payee in any::<String>(),
        amount in "[0-9.]{0,12}", place in any::<String>(), locale in prop::sample::select(Locale::ALL.to_vec()),
    ) {
        let request = request(json!({
            "client": {"id": "shop", "name": name}, "message": message, "scope": scope,
            "details": [payment(&amount, &payee)], "context": {"place": place}
        }));
        let first = display(&request, locale);
        prop_assert_eq!(&first, &display(&request, locale));
        for field in &first.fields {
            prop_assert!(!field.value.trim().is_empty());
            let bidi = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!field.value.contains(|c: char| c.is_control() || bidi(c)));
        }
        let mut ids: Vec<_> = first.fields.iter().map(|field| field.id.to_string()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), first.fields.len());
    }

    #[test]
    fn amount_and_payee_change_the_display_hash(a in 1u32..1_000_000, b in 1u32..1_000_000, payee in "[A-Z]{1,20}") {
        let of = |cents: u32, payee: &str| {
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            display(&request(json!({"details": [payment(&amount, payee)]})), Locale::En).hash
        };
        prop_assert_eq!(of(a, "ACME") == of(b, "ACME"), a == b);
        prop_assert_eq!(of(a, "ACME") == of(a, &payee), payee == "ACME");
    }
}
