//! Received pushes. All calls are synchronous: they run in a notification extension, without a
//! network and without an async runtime.

use std::collections::BTreeMap;

use super::request::PendingRequest;
use super::{Authenticator, ChangeError};
use crate::device::Acceptance;
use crate::device::inbound::{self, Inbound};
use crate::error::{AuthenticatorError, VerifyError};
use countersign_protocol::message::claims::{EnrolmentId, Txn};
use countersign_protocol::message::push::{Push, PushContent};
use countersign_protocol::message::status::EnrolmentState;

/// The content of a push.
pub enum Received {
    /// A new request. Show it.
    Request(PendingRequest),
    /// A request that the phone already has.
    Duplicate(Txn),
    /// The id of a request that is too long for a push. [`Authenticator::fetch`] or
    /// [`Authenticator::refresh`] fetches it.
    Fetch(EnrolmentId, Txn),
    /// The new state of an enrolment.
    Status(EnrolmentId, EnrolmentState),
}

impl Authenticator {
    /// Receives the data members of a push. A rejected push changes nothing. Its reason is reported
    /// to the diagnostics.
    ///
    /// # Errors
    /// [`AuthenticatorError::Rejected`] if the push fails verification: show nothing.
    /// [`AuthenticatorError::State`] or [`AuthenticatorError::Clock`] if the platform fails: a
    /// refresh fetches the request again.
    pub fn receive(&self, push: &BTreeMap<String, String>) -> Result<Received, AuthenticatorError> {
        self.apply_push(push).map_err(|error| error.outward(&self.inner, "push"))
    }

    fn apply_push(&self, push: &BTreeMap<String, String>) -> Result<Received, ChangeError> {
        let push = Push::from_map(push).map_err(|_| VerifyError::Push)?;
        let enrolment = self.inner.state().route(&push.handle)?.clone();
        let sealed = match push.content {
            PushContent::Sealed(sealed) => sealed,
            PushContent::Wake(txn) if enrolment.knows(&txn) => return Ok(Received::Duplicate(txn)),
            PushContent::Wake(txn) => return Ok(Received::Fetch(enrolment.id, txn)),
        };
        match inbound::open_push(&sealed, &enrolment, &*self.inner.platform.keys)? {
            Inbound::Request(request, jws) => {
                let txn = request.message.txn.clone();
                let accepted = self.inner.commit(|state, reading| -> Result<Acceptance, ChangeError> {
                    Ok(state.accept_request(&enrolment.id, &jws, *request, reading)?)
                })?;
                Ok(match accepted {
                    Acceptance::New => Received::Request(PendingRequest::new(self.inner.clone(), txn)),
                    Acceptance::Duplicate => Received::Duplicate(txn),
                })
            }
            Inbound::Status(status) => {
                let state = self.inner.commit(|state, reading| -> Result<EnrolmentState, ChangeError> {
                    let known = state.enrolment_mut(&enrolment.id)?;
                    known.clock.observe(status.iat, reading);
                    let revoked = known.set_state(status.status, status.seq);
                    let now = known.state;
                    if revoked {
                        state.mark_for_deletion(&enrolment.id);
                    }
                    Ok(now)
                })?;
                Ok(Received::Status(enrolment.id, state))
            }
        }
    }
}
