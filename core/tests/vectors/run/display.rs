//! The display of a request, the render report and the binding value.

use countersign_core::details::DetailTypes;
use countersign_core::jose::{Digest, json as strict};
use countersign_core::message::binding_modes::BindingModes;
use countersign_core::message::claims::Locale;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::review::{DisplayPolicy, Model, RenderReport, Review, Ticket, display as display_of};
use serde_json::{Value, json};

use super::{Opener, Outcome, json, parsed, text};

fn request(claims: &Value) -> Request {
    strict::from_str(text(claims)).unwrap_or_else(|error| panic!("{error} in {claims}"))
}

/// Returns the types that the bank declares, from a document as text.
fn types(from: &Value) -> DetailTypes {
    let document = from.get("types").map_or("[]", text);
    DetailTypes::parse(document).unwrap_or_else(|error| panic!("{error} in {document}"))
}

/// Returns the display model that a case names. Cases of the first version name none.
fn model(from: &Value) -> Model {
    from.get("model").map_or(Model::UNNAMED, parsed)
}

pub(super) fn detail_types(input: &Value) -> Outcome {
    let types = DetailTypes::parse(text(input)).map_err(|error| error.code().to_owned())?;
    Ok(json!({ "types": types.names().collect::<Vec<_>>() }))
}

pub(super) fn display(input: &Value) -> Outcome {
    let locale: Locale = parsed(&input["locale"]);
    let model = model(input);
    let display = display_of(&request(&input["claims"]), locale, &types(input), model);
    let mut outcome = json!({
        "model": model.as_str(),
        "fields": json(&display.fields),
        "payments": json(&display.payments),
        "display_hash": display.hash.to_string(),
    });
    if let Err(reason) = display.approvable {
        outcome["not_approvable"] = reason.code().into();
    }
    Ok(outcome)
}

fn laid_out(given: &Value) -> Review {
    let claims = request(&given["claims"]);
    Review::new(&claims, Digest::of(b"request"), parsed(&given["locale"]), &types(given), model(given))
}

pub(super) fn review(given: &Value) -> Opener {
    let given = given.clone();
    Box::new(move |input| {
        let policy = DisplayPolicy {
            binding_floor: parsed::<BindingMode>(&given["policy"]["binding_floor"]),
            min_shown_ms: parsed(&given["policy"]["min_shown_ms"]),
            binding_modes: match &given["binding_modes"] {
                Value::Null => BindingModes::all(),
                modes => parsed::<Vec<BindingMode>>(modes).into_iter().collect(),
            },
            app_outdated: given["app_outdated"] == true,
            ..DisplayPolicy::default()
        };
        let report: RenderReport = parsed(input);
        let ticket = laid_out(&given).rendered(&report, &policy).map_err(|error| error.code().to_owned())?;
        Ok(json!({
            "display_hash": ticket.display_hash().to_string(),
            "payments": json(&ticket.payments()),
            "call_active": ticket.call_active(),
        }))
    })
}

/// Returns the ticket of a complete render report.
fn ticket(given: &Value) -> Ticket {
    let review = laid_out(given);
    let drawn = review.display().fields.iter().map(|field| field.id.to_string()).collect();
    let report = RenderReport { drawn, shown_ms: 0, obscured: false, shared: false, call_active: false };
    review.rendered(&report, &DisplayPolicy::default()).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn binding(given: &Value) -> Opener {
    let ticket = ticket(given);
    Box::new(move |input| {
        let value = ticket.binding_value(input.as_str().map(str::to_owned)).map_err(|error| {
            let code = error.code();
            code.strip_prefix("binding_").unwrap_or(code).to_owned()
        })?;
        Ok(json!({ "value": value.to_wire() }))
    })
}
