//! The issuer's metadata: fetched, verified under the pins, and refreshed when server keys rotate.
//!
//! A message that is signed by an unknown key is accepted after metadata verified under the current
//! pins lists that key.

use super::call::{Call, body_of, without_proof};
use super::{ChangeError, Inner};
use crate::device::enrolment::check_metadata;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{DiagnosticEvent, Method};
use countersign_protocol::jose::{JoseError, Thumbprint};
use countersign_protocol::message::claims::{EnrolmentId, Issuer};
use countersign_protocol::message::features::QUERY;
use countersign_protocol::message::metadata::{Metadata, PATH};

/// The maximum length of a metadata response.
const MAX_METADATA_BYTES: usize = 16 * 1024;

impl Inner {
    /// Fetches metadata and verifies it under the pins. The state is not changed.
    pub(super) async fn fetch_metadata(
        &self,
        issuer: &Issuer,
        pins: &[Thumbprint],
        known: Option<&Metadata>,
    ) -> Result<Metadata, AuthenticatorError> {
        let url = format!("{issuer}{PATH}?{QUERY}");
        let call = Call { method: Method::Get, url, body: Vec::new(), max_response_bytes: MAX_METADATA_BYTES };
        let text = body_of(self.platform.transport.send(without_proof(&call)).await?)?;
        let verified = Metadata::open(&text, pins)
            .map_err(VerifyError::from)
            .and_then(|metadata| check_metadata(&metadata, issuer, known).map(|()| metadata));
        verified.map_err(|reason| self.reject("metadata", reason).into())
    }

    /// Applies a message of the issuer. If an unknown key signed it, the metadata is refreshed and
    /// the same bytes are applied again.
    pub(super) async fn apply_message<T>(
        &self,
        id: &EnrolmentId,
        during: &'static str,
        apply: impl Fn() -> Result<T, ChangeError>,
    ) -> Result<T, AuthenticatorError> {
        match apply() {
            Err(ChangeError::Rejected(VerifyError::Jose(JoseError::Kid))) => {}
            applied => return applied.map_err(|error| error.outward(self, during)),
        }
        self.refresh_metadata(id).await?;
        apply().map_err(|error| error.outward(self, during))
    }

    /// Refreshes metadata that has expired, so that a key which the issuer withdrew is not accepted
    /// for ever. Also refreshes metadata that prevents approvals, because the issuer may have
    /// changed it. After a failure the next refresh tries again.
    pub(super) async fn refresh_due_metadata(&self, id: &EnrolmentId) {
        if self.try_refresh_due_metadata(id).await.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "metadata", code: "not_renewed" });
        }
    }

    async fn try_refresh_due_metadata(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let now = self.now(id)?;
        let due = {
            let state = self.state();
            let enrolment = state.enrolment(id)?;
            enrolment.metadata_has_expired(now) || enrolment.metadata_prevents_approval(self.shared.config.app_version)
        };
        if due { self.refresh_metadata(id).await } else { Ok(()) }
    }

    /// Refreshes expired metadata and fails if that is not possible. Approvals need valid metadata.
    pub(super) async fn require_valid_metadata(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let now = self.now(id)?;
        let expired = self.state().enrolment(id)?.metadata_has_expired(now);
        if expired { self.refresh_metadata(id).await } else { Ok(()) }
    }

    pub(super) async fn refresh_metadata(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let known = self.state().enrolment(id)?.metadata.clone();
        let metadata = self.fetch_metadata(&known.iss, &known.pins, Some(&known)).await?;
        if metadata.exp < self.now(id)? {
            return Err(self.reject("metadata", VerifyError::Expired).into());
        }
        self.commit(|state, _| {
            let stored = &mut state.enrolment_mut(id)?.metadata;
            // A concurrent call may have stored newer metadata.
            if (stored.epoch, stored.iat) <= (metadata.epoch, metadata.iat) {
                *stored = metadata;
            }
            Ok(())
        })
    }
}
