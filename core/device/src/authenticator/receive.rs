//! What a push brings. Synchronous: it runs in a notification extension, without network and without a runtime.

use std::collections::BTreeMap;

use super::request::PendingRequest;
use super::{Authenticator, Refusal};
use crate::device::inbound::{self, Inbound};
use crate::device::state::Accepted;
use crate::error::{AuthenticatorError, VerifyError};
use countersign_protocol::message::claims::{EnrolmentId, Txn};
use countersign_protocol::message::push::{Push, PushContent};
use countersign_protocol::message::status::EnrolmentState;

/// What a push brought.
pub enum Received {
    /// A new request: show it.
    Request(PendingRequest),
    /// A request that is here already.
    Duplicate(Txn),
    /// A hint: [`Authenticator::fetch`] or [`Authenticator::refresh`] will bring it.
    Fetch(EnrolmentId, Txn),
    /// The enrolment changed.
    Status(EnrolmentId, EnrolmentState),
}

impl Authenticator {
    /// Takes the data members of a push. What it refuses leaves no trace but a code in the diagnostics.
    pub fn receive(&self, push: &BTreeMap<String, String>) -> Result<Received, AuthenticatorError> {
        self.take(push).map_err(|refusal| refusal.outward(&self.inner, "push"))
    }

    fn take(&self, push: &BTreeMap<String, String>) -> Result<Received, Refusal> {
        let push = Push::from_map(push).map_err(|_| VerifyError::Push)?;
        let enrolment = self.inner.state().route(&push.handle)?.clone();
        let sealed = match push.content {
            PushContent::Sealed(sealed) => sealed,
            PushContent::Wake(txn) if enrolment.entry(&txn).is_some() => return Ok(Received::Duplicate(txn)),
            PushContent::Wake(txn) => return Ok(Received::Fetch(enrolment.id, txn)),
        };
        match inbound::open_push(&sealed, &enrolment, &*self.inner.platform.keys)? {
            Inbound::Request(request, jws) => {
                let txn = request.message.txn.clone();
                let accepted = self.inner.commit(|state, reading| -> Result<Accepted, Refusal> {
                    Ok(state.accept_request(&enrolment.id, &jws, *request, reading)?)
                })?;
                Ok(match accepted {
                    Accepted::New => Received::Request(PendingRequest::new(self.inner.clone(), txn)),
                    Accepted::Duplicate => Received::Duplicate(txn),
                })
            }
            Inbound::Status(status) => {
                let state = self.inner.commit(|state, reading| -> Result<EnrolmentState, Refusal> {
                    let known = state.enrolment_mut(&enrolment.id)?;
                    known.clock.observe(status.iat, reading);
                    let ended = known.set_state(status.status, status.seq);
                    let now = known.state;
                    if ended {
                        state.doom(&enrolment.id);
                    }
                    Ok(now)
                })?;
                Ok(Received::Status(enrolment.id, state))
            }
        }
    }
}
