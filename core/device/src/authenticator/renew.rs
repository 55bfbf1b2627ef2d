//! Server keys that roll over: what a key signed that is not known yet counts once metadata under the known pins has that key.

use super::{Inner, Refusal};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::DiagnosticEvent;
use countersign_protocol::jose::JoseError;
use countersign_protocol::message::claims::EnrolmentId;

impl Inner {
    /// Takes a message of the issuer. If an unknown key signed it, the metadata is renewed and the same bytes are taken again.
    pub(super) async fn taken<T>(
        &self,
        id: &EnrolmentId,
        during: &'static str,
        take: impl Fn() -> Result<T, Refusal>,
    ) -> Result<T, AuthenticatorError> {
        match take() {
            Err(Refusal::VerifyError(VerifyError::Jose(JoseError::Kid))) => {}
            taken => return taken.map_err(|refusal| refusal.outward(self, during)),
        }
        self.renew_metadata(id).await?;
        take().map_err(|refusal| refusal.outward(self, during))
    }

    /// Renews metadata whose time is over, so that a key which the issuer withdrew does not count for ever. If it fails now, the
    /// next refresh tries again.
    pub(super) async fn renew_expired(&self, id: &EnrolmentId) {
        if self.renewed(id).await.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "metadata", code: "not_renewed" });
        }
    }

    /// The same for what may not be done under metadata whose time is over.
    pub(super) async fn renewed(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let now = self.now(id)?;
        let over = self.state().enrolment(id)?.metadata.exp < now;
        if over { self.renew_metadata(id).await } else { Ok(()) }
    }

    async fn renew_metadata(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let known = self.state().enrolment(id)?.metadata.clone();
        let metadata = self.fetch_metadata(&known.iss, &known.pins, Some(&known)).await?;
        if metadata.exp < self.now(id)? {
            return Err(self.reject("metadata", VerifyError::Expired).into());
        }
        self.commit(|state, _| {
            let kept = &mut state.enrolment_mut(id)?.metadata;
            // Another call may have brought newer ones meanwhile.
            if (kept.epoch, kept.iat) <= (metadata.epoch, metadata.iat) {
                *kept = metadata;
            }
            Ok(())
        })
    }
}
