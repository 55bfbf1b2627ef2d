//! The parts of an event script that concern the bank.

use countersign_core::message::enrolment::EnrolmentPolicy;
use countersign_core::message::request::Binding;
use serde::Deserialize;

/// The policy and the request of a script. The bank ignores the steps.
#[derive(Deserialize)]
pub(crate) struct BankScript {
    pub(crate) policy: EnrolmentPolicy,
    pub(crate) request: ScriptRequest,
}

/// The properties of the request.
#[derive(Deserialize)]
pub(crate) struct ScriptRequest {
    pub(crate) binding: Binding,
    approvable: bool,
}

impl ScriptRequest {
    /// Returns the message to compare. Only the binding mode `display` has one.
    pub(crate) fn message(&self) -> Option<String> {
        (self.binding == Binding::Display).then(|| "Compare the code 4711".to_owned())
    }

    /// Returns an unknown extension if the request must not be approvable.
    pub(crate) fn extensions(&self) -> Option<Vec<String>> {
        (!self.approvable).then(|| vec!["https://bank.example/unknown".to_owned()])
    }
}
