//! A phone without network: the other screen brings the request as a code to scan and takes the answer from this screen
//! (ADP/1 §10). What is signed is the same, byte for byte, as over the network.

use super::request::PendingRequest;
use super::{Authenticator, Refusal};
use crate::device::inbound;
use crate::device::state::EntryState;
use crate::error::{AuthenticatorError, NoDecision, VerifyError};
use countersign_protocol::jose::JoseError;
use countersign_protocol::message::MAX_QR_CHARS;
use countersign_protocol::message::claims::Txn;
use countersign_protocol::message::status::EnrolmentState;

impl Authenticator {
    /// Takes the text of a request that was scanned off the other screen, exactly as it was read. Verified like a request that
    /// came by network, and needs none. One that is here already is the same request. What it refuses leaves no trace but a code
    /// in the diagnostics.
    pub fn receive_scanned(&self, text: &str) -> Result<PendingRequest, AuthenticatorError> {
        let txn = self.take_scanned(text).map_err(|refusal| refusal.outward(&self.inner, "scan"))?;
        self.request(&txn)
    }

    /// The kept answer to a request, for the other screen to scan, as long as no receipt has come. The same bytes go out by
    /// network later, so whichever arrives first counts and the other repeats it.
    pub fn decision_to_show(&self, txn: &Txn) -> Result<String, AuthenticatorError> {
        let reading = self.inner.reading()?;
        let state = self.inner.state();
        let (enrolment, entry) = state.entry(txn)?;
        match &entry.state {
            EntryState::Queued(_) if enrolment.clock.now(&reading) > entry.request.exp => {
                Err(AuthenticatorError::Expired)
            }
            EntryState::Queued(answer) if answer.jws.len() > MAX_QR_CHARS => Err(NoDecision::TooLong.into()),
            EntryState::Queued(answer) => Ok(answer.jws.clone()),
            EntryState::Pending => Err(NoDecision::Unanswered.into()),
            EntryState::Settled(_) | EntryState::Ended(_) => Err(NoDecision::Settled.into()),
        }
    }

    fn take_scanned(&self, text: &str) -> Result<Txn, Refusal> {
        let enrolments = self.inner.state().enrolments.clone();
        // The key that signed it names the issuer; an issuer that this phone has several accounts with is told by `sub`.
        let mut refused = VerifyError::Jose(JoseError::Kid);
        for enrolment in enrolments.iter().filter(|enrolment| enrolment.state != EnrolmentState::Revoked) {
            let request = match inbound::open_request(text, enrolment) {
                Ok(request) => request,
                Err(rejection) => {
                    if rejection != VerifyError::Jose(JoseError::Kid) {
                        refused = rejection;
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
        Err(refused.into())
    }
}
