//! Declared types of authorization details, and details of them.

use std::collections::BTreeSet;

use countersign_core::details::{Detail, DetailTypes, type_shown};
use countersign_core::message::claims::Locale;
use countersign_core::message::request::Request;
use serde_json::Value;

use crate::bank;
use crate::declared;
use crate::display::check_display;
use crate::keys::raw;
use crate::text::assert_drawable;

/// Checks a detail. The first line of the input declares the types, the rest is a detail. An empty
/// first line stands for the declaration with every kind.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (document, detail) = text.split_once('\n').unwrap_or((text, ""));
    let types = match document {
        "" => DetailTypes::parse(declared::DOCUMENT),
        document => DetailTypes::parse(document),
    };
    let Ok(types) = types else { return };
    let names: Vec<&str> = types.names().collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "duplicate type names");
    assert_drawable(type_shown(detail).shown());
    assert_eq!(Detail::parse(detail, &types), Detail::parse(detail, &types));
    let mut claims = bank::payment(bank::START_SECS);
    claims["details"] = Value::Array(Vec::new());
    let Some(detail) = raw(detail) else { return };
    let mut request: Request = serde_json::from_value(claims).unwrap();
    request.details = Some(vec![detail]);
    for locale in Locale::ALL {
        check_display(&request, locale, &types);
    }
}
