//! Approval without a network: the phone scans the request from the other screen and shows the
//! decision as a code (ADP/1 §10). The signed bytes are the same as over the network.

use super::request::PendingRequest;
use super::{Authenticator, ChangeError};
use crate::device::{EntryState, inbound};
use crate::error::{AuthenticatorError, NoDecision, VerifyError};
use countersign_protocol::jose::JoseError;
use countersign_protocol::message::MAX_QR_CHARS;
use countersign_protocol::message::claims::Txn;
use countersign_protocol::message::status::EnrolmentState;

impl Authenticator {
    /// Receives a request that was scanned from the other screen. `text` is the exact content of
    /// the code.
    ///
    /// The request is verified like one from the network, without a network. Scanning a request
    /// that the phone already has returns that request. A rejected text changes nothing. Its reason
    /// is reported to the diagnostics.
    ///
    /// # Errors
    /// [`AuthenticatorError::Rejected`] if the text is not a valid request for this phone. The
    /// errors of [`request`](Self::request) if the user cannot decide any more.
    pub fn receive_scanned(&self, text: &str) -> Result<PendingRequest, AuthenticatorError> {
        let txn = self.accept_scanned(text).map_err(|error| error.outward(&self.inner, "scan"))?;
        self.request(&txn)
    }

    /// Returns the decision in the outbox for a request, for the other screen to scan.
    ///
    /// The same bytes are sent over the network later. The issuer accepts the copy that arrives
    /// first and returns the same receipt for the other.
    ///
    /// # Errors
    /// [`AuthenticatorError::NoDecision`] if the user has not decided, if the decision has a
    /// receipt, or if it is too long for a code. [`AuthenticatorError::Expired`] after the expiry
    /// of the request. [`AuthenticatorError::UnknownRequest`] or [`AuthenticatorError::Clock`].
    pub fn decision_to_show(&self, txn: &Txn) -> Result<String, AuthenticatorError> {
        let reading = self.inner.reading()?;
        let state = self.inner.state();
        let (enrolment, entry) = state.entry(txn)?;
        match &entry.state {
            EntryState::Queued(_) if enrolment.clock.now(&reading) > entry.request.exp => {
                Err(AuthenticatorError::Expired)
            }
            EntryState::Queued(decision) if !fits_a_code(&decision.jws) => Err(NoDecision::TooLong.into()),
            EntryState::Queued(decision) => Ok(decision.jws.clone()),
            EntryState::Pending => Err(NoDecision::Undecided.into()),
            EntryState::Settled(_) | EntryState::Abandoned(_) | EntryState::Ended(_) => Err(NoDecision::Settled.into()),
        }
    }

    fn accept_scanned(&self, text: &str) -> Result<Txn, ChangeError> {
        let enrolments = self.inner.state().enrolments.clone();
        // The signing key identifies the issuer. `sub` tells several accounts of one issuer apart.
        // An error of the matching issuer is more specific than "unknown key".
        let mut reason = VerifyError::Jose(JoseError::Kid);
        for enrolment in enrolments.iter().filter(|enrolment| enrolment.state != EnrolmentState::Revoked) {
            let request = match inbound::open_request(text, enrolment) {
                Ok(request) => request,
                Err(error) => {
                    if error != VerifyError::Jose(JoseError::Kid) {
                        reason = error;
                    }
                    continue;
                }
            };
            let txn = request.message.txn.clone();
            return self.inner.commit(|state, reading| {
                state.accept_request(&enrolment.id, text, request, reading)?;
                Ok(txn)
            });
        }
        Err(reason.into())
    }
}

/// Returns whether a QR code can hold this text.
const fn fits_a_code(text: &str) -> bool {
    text.len() <= MAX_QR_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_the_maximum_and_no_more() {
        assert!(fits_a_code(&"x".repeat(MAX_QR_CHARS)));
        assert!(!fits_a_code(&"x".repeat(MAX_QR_CHARS + 1)));
    }
}
