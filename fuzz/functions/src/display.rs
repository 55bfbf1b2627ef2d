//! The display of a request and the ticket for its approval.

use std::collections::BTreeSet;

use countersign_core::details::DetailTypes;
use countersign_core::jose::{Digest, json};
use countersign_core::message::claims::Locale;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::review::{DisplayPolicy, Model, RenderReport, Review, display};

use crate::bank;
use crate::text::assert_drawable;

/// Checks a display. The first byte selects the language and the policy. The rest has the claims of
/// a request, or the members that differ from a payment.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = crate::choice(input) else { return };
    let claims = match kind & 0x80 {
        0 => text.to_owned(),
        _ => return,
    };
    let request = json::from_str::<Request>(&claims).or_else(|_| json::from_str(&payment_with(&claims)));
    let Ok(request) = request else { return };
    let locale = Locale::ALL[usize::from(kind) % Locale::ALL.len()];
    check_display(&request, locale, &declared_types());
}

/// Returns the claims of a payment with these members replaced.
fn payment_with(members: &str) -> String {
    let mut claims = bank::payment(bank::START_SECS);
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(members) {
        for (name, value) in members {
            claims[name] = value;
        }
    }
    claims.to_string()
}

/// Returns a declared type with every kind of member.
fn declared_types() -> DetailTypes {
    DetailTypes::parse(crate::declared::DOCUMENT).unwrap_or_else(|error| panic!("{error}"))
}

/// Displays a request and reports it as rendered, completely and partly.
pub(crate) fn check_display(request: &Request, locale: Locale, types: &DetailTypes) {
    for model in Model::ALL {
        check_model(request, locale, types, model);
    }
}

fn check_model(request: &Request, locale: Locale, types: &DetailTypes, model: Model) {
    let display = display(request, locale, types, model);
    assert_eq!(
        countersign_core::review::display(request, locale, types, model),
        display,
        "display differs the second time"
    );
    let ids: BTreeSet<String> = display.fields.iter().map(|field| field.id.to_string()).collect();
    assert!(ids.len() == display.fields.len() && ids.len() >= 3, "duplicate or missing field ids");
    for field in &display.fields {
        assert!(!field.value.is_empty(), "{} is drawn empty", field.id);
        assert_drawable(&field.value);
    }
    let written = serde_json::to_string(request).unwrap();
    let again: Request = json::from_str(&written).unwrap();
    assert_eq!(countersign_core::review::display(&again, locale, types, model).hash, display.hash, "{written}");
    for other in Locale::ALL {
        let there = countersign_core::review::display(request, other, types, model);
        assert_eq!((&there.payments, there.approvable), (&display.payments, display.approvable), "{other}");
        assert_eq!(there.hash == display.hash, other == locale, "the hash does not cover the language");
    }
    let review = || Review::new(request, Digest::of(b"request"), locale, types, model);
    let report =
        |drawn: Vec<String>| RenderReport { drawn, shown_ms: 5000, obscured: false, shared: false, call_active: false };
    let all: Vec<String> = ids.into_iter().collect();
    let ticket = review().rendered(&report(all.clone()), &DisplayPolicy::default());
    assert_eq!(ticket.is_ok(), display.approvable.is_ok(), "the ticket contradicts approvable");
    if let Ok(ticket) = ticket {
        assert_eq!((ticket.display_hash(), ticket.payments()), (display.hash, display.payments.as_slice()));
        let _ = ticket.binding_value(request.message.clone());
    }
    let mut some = all.clone();
    // The input selects the omitted field.
    some.remove(usize::try_from(request.seq).unwrap_or_default() % all.len());
    assert!(review().rendered(&report(some), &DisplayPolicy::default()).is_err(), "ticket despite a missing field");
    let floor = DisplayPolicy { binding_floor: BindingMode::Scan, ..DisplayPolicy::default() };
    let strict = review().rendered(&report(all), &floor).is_ok();
    assert!(!strict || request.binding.mode() == BindingMode::Scan, "ticket for a binding below the minimum");
}
