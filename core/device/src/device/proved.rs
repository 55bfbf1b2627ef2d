//! The history in the next decision, and the keys that the receipt of such a decision names.

use super::enrolment::Enrolment;
use crate::error::VerifyError;
use countersign_protocol::jose::Thumbprint;
use countersign_protocol::message::features::Feature;
use countersign_protocol::message::history::History;
use countersign_protocol::message::receipt::Proved;

impl Enrolment {
    /// Returns the history for the next decision, if the issuer announces the feature.
    #[must_use]
    pub fn next_history(&self) -> Option<History> {
        self.metadata.has(Feature::History).then_some(self.history.for_next_decision())
    }

    /// Checks what the receipt of a decision says about the keys that this enrolment proved.
    ///
    /// A receipt names them if and only if the decision has a history. The hash must be that of the
    /// enrolment message. The user-verification key must be one that this enrolment has or had,
    /// because the issuer may have made the receipt before a key was replaced.
    pub(super) fn check_proved(
        &mut self,
        history: Option<History>,
        proved: Option<&Proved>,
    ) -> Result<(), VerifyError> {
        let valid = match (history, proved) {
            (None, None) => true,
            (Some(_), Some(proved)) => self.has_uvk(proved.uvk) && self.history.confirm_enrol_hash(proved.enrol_hash),
            _ => false,
        };
        if valid { Ok(()) } else { Err(VerifyError::Receipt) }
    }

    fn has_uvk(&self, uvk: Thumbprint) -> bool {
        let current = [&self.keys.public.uvk].into_iter();
        let new = self.rotation.iter().map(|rotation| &rotation.keys.public.uvk);
        current.chain(new).any(|key| key.thumbprint() == uvk) || self.history.has_replaced(uvk)
    }
}
