//! The display that an approval names, rebuilt from the request.

use countersign_protocol::details::DetailTypes;
use countersign_protocol::message::{decision::Decision, request::Request};
use countersign_protocol::review;

use crate::policy::RequestPolicy;

/// Returns whether an approval is of the display that this request has, and repeats amount and
/// payee of each payment. The server renders the request itself, by the display model and the
/// declared types that the decision names. A request that a phone must not approve is not approved
/// here either.
pub(super) fn is_approved(decision: &Decision, claims: &Request, types: &DetailTypes, policy: &RequestPolicy) -> bool {
    let Some(model) = decision.model().filter(|model| *model >= policy.display_model_floor) else { return false };
    let display = review::display(claims, decision.ceremony.locale, types.named(decision.types()), model);
    display.approvable.is_ok()
        && decision.display_hash == Some(display.hash)
        && decision.payments.as_deref().unwrap_or_default() == display.payments
}
