//! The request and the policy of an approval script (`tests/approval`).

use countersign_core::message::decision::Decision;
use countersign_core::message::enrolment::EnrolmentPolicy;
use countersign_core::message::request::Binding;
use serde::Deserialize;

/// The parts of a script that the bank needs.
#[derive(Debug, Deserialize)]
pub(crate) struct Script {
    /// The policy of the enrolment.
    pub(crate) policy: EnrolmentPolicy,
    request: ScriptRequest,
}

#[derive(Debug, Deserialize)]
struct ScriptRequest {
    binding: Binding,
    approvable: bool,
}

impl Script {
    /// Returns the binding of the request.
    pub(crate) fn binding(&self) -> Binding {
        self.request.binding.clone()
    }

    /// Returns the message of the request, which only the mode `display` has.
    pub(crate) fn message(&self) -> Option<String> {
        (self.request.binding == Binding::Display).then(|| "Compare the code 4711".into())
    }

    /// Returns the critical extensions. The request cannot be approved if there is an unknown one.
    pub(crate) fn extensions(&self) -> Option<Vec<String>> {
        (!self.request.approvable).then(|| vec!["https://bank.example/unknown".into()])
    }
}

/// Returns the report in a decision, in the notation of the scripts.
pub(crate) fn report(decision: &Decision) -> String {
    let ceremony = &decision.ceremony;
    let mut report = serde_json::json!({ "shown_ms": ceremony.shown_ms, "call_active": ceremony.call_active });
    if let (Some(binding), Some(members)) = (&decision.binding, report.as_object_mut()) {
        members.insert("binding".into(), binding.as_str().into());
    }
    report.to_string()
}
