//! Approvals of displays of each published model, and of declared types that changed.

use countersign_protocol::details::DetailTypes;
use countersign_protocol::message::claims::Locale;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::Request;
use countersign_protocol::review::{self, DisplayModel, Model};
use serde_json::json;

use super::device::Device;
use super::{Bench, RequestedBinding, new_request, payment};
use crate::policy::RequestPolicy;
use crate::push::Channels;

/// Returns an approval of the only pending request, displayed by this model and these types.
async fn approval(phone: &Device, model: Model, types: &DetailTypes) -> Decision {
    let compact = phone.waiting().await;
    let request: Request = phone.read(&compact);
    let display = review::display(&request, Locale::De, types, model);
    let named = DisplayModel { version: model.into(), types: types.digest() };
    let display_model = (model != Model::UNNAMED).then_some(named);
    Decision { display_model, ..phone.decision_of(&compact, DecisionKind::Approve, display) }
}

async fn request(bench: &Bench, detail: serde_json::Value) {
    let detail = serde_json::value::to_raw_value(&detail).unwrap();
    let new =
        super::NewApprovalRequest { details: vec![detail.clone(), detail], ..new_request(RequestedBinding::None) };
    bench.gateway.request_approval(new).await.unwrap();
}

#[tokio::test]
async fn approval_is_judged_by_the_model_that_it_names() {
    let payment = serde_json::to_value(payment()).unwrap();
    for shown in Model::ALL {
        for named in Model::ALL {
            let bench = Bench::start().await;
            let phone = bench.phone().await;
            request(&bench, payment.clone()).await;
            let mut approval = approval(&phone, shown, &DetailTypes::default()).await;
            approval.display_model =
                (named != Model::UNNAMED).then(|| DisplayModel { version: named.into(), types: None });
            let expected = if shown == named { Received::Accepted } else { Received::Policy };
            assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, expected, "{shown:?} {named:?}");
        }
    }
}

#[tokio::test]
async fn model_below_the_floor_violates_the_policy() {
    let floor = RequestPolicy { display_model_floor: Model::V4, ..RequestPolicy::default() };
    for (model, expected) in [(Model::V3, Received::Policy), (Model::V4, Received::Accepted)] {
        let bench = Bench::with(floor.clone()).await;
        let phone = bench.phone().await;
        request(&bench, serde_json::to_value(payment()).unwrap()).await;
        let approval = approval(&phone, model, &DetailTypes::default()).await;
        assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, expected, "{model:?}");
    }
}

#[tokio::test]
async fn later_model_violates_the_policy_and_can_be_denied() {
    for (kind, expected) in [(DecisionKind::Approve, Received::Policy), (DecisionKind::Deny, Received::Accepted)] {
        let bench = Bench::start().await;
        let phone = bench.phone().await;
        request(&bench, serde_json::to_value(payment()).unwrap()).await;
        let later = DisplayModel { version: "5".to_owned().try_into().unwrap(), types: None };
        let decision = phone.decision(&phone.waiting().await, kind);
        let decision = Decision { display_model: Some(later), ..decision };
        assert_eq!(phone.receipt(&phone.decide(&decision).await).outcome, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn model_without_display_is_rejected() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    request(&bench, serde_json::to_value(payment()).unwrap()).await;
    let approval = approval(&phone, Model::V4, &DetailTypes::default()).await;
    let reply = phone.decide(&Decision { display_hash: None, ..approval }).await;
    assert_eq!(reply.status, reqwest::StatusCode::FORBIDDEN);
}

fn declared(title: &str) -> DetailTypes {
    let words = |text: &str| json!({"en": text, "de": text, "fr": text, "es": text, "ja": text});
    let member = json!({"name": "limit", "label": words("Limit"), "kind": "amount", "required": true});
    let document = json!([{"type": "limit_change", "title": words(title), "members": [member]}]);
    DetailTypes::parse(&document.to_string()).unwrap()
}

#[tokio::test]
async fn earlier_declared_types_still_count_if_the_server_has_them() {
    let detail = json!({"type": "limit_change", "limit": {"currency": "EUR", "amount": "5000"}});
    let known = declared("New limit").with_earlier(vec![declared("Limit")]);
    for (title, expected) in
        [("New limit", Received::Accepted), ("Limit", Received::Accepted), ("Other", Received::Policy)]
    {
        let bench = Bench::open(RequestPolicy::default(), Channels::default(), known.clone()).await;
        let phone = bench.phone().await;
        request(&bench, detail.clone()).await;
        let approval = approval(&phone, Model::V4, &declared(title)).await;
        assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, expected, "{title}");
    }
}
