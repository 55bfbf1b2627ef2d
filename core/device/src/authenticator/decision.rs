//! Decisions: signed, stored before they are first sent, and sent byte for byte until a receipt
//! arrives.

use super::call::{Call, signing_input};
use super::{ChangeError, Inner};
use crate::device::{Enrolment, Entry, EntryState, SignedDecision, inbound};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{KeyHandle, KeyStoreError, Method, Prompt, PromptPurpose, TransportError};
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::app_version::AppVersion;
use countersign_protocol::message::claims::{EnrolmentId, Jti, Locale, Timestamp, Txn};
use countersign_protocol::message::decision::{Ceremony, Decision, DecisionKind, DenyReason, Verification};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Verified, open};
use countersign_protocol::review::{self, DisplayModel, NotRendered};

/// The result of sending a decision. Show "approved" only for [`Self::Confirmed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server accepted the decision and signed a receipt.
    Confirmed,
    /// The decision is stored and could not be sent, or its receipt was lost. The next
    /// [`refresh`](super::Authenticator::refresh) sends it.
    Queued,
    /// The decision is stored, and the server responded with an error instead of a receipt. The
    /// next [`refresh`](super::Authenticator::refresh) sends it again. If the server never accepts
    /// it, the history states that it was abandoned.
    Unconfirmed,
    /// The server did not accept the decision. Its receipt states the outcome.
    Failed(receipt::Outcome),
}

/// The content of a denial.
pub(super) struct Denial {
    pub(super) reason: DenyReason,
    /// The display that the user saw, if any.
    pub(super) seen: Option<Seen>,
    pub(super) locale: Locale,
    pub(super) shown_ms: u64,
}

/// A display that the user saw.
pub(super) struct Seen {
    pub(super) hash: Digest,
    pub(super) model: Option<DisplayModel>,
}

impl Inner {
    /// Approves with the UVK, which prompts the user. The ticket is used up in any case.
    ///
    /// No decision is stored if the user is not verified, while a rotation of the UVK waits for its
    /// receipt, if another decision was stored during the prompt, or if [`check_approval`] fails
    /// before the prompt or in the write that stores the decision. A UVK that verifies nobody
    /// cannot approve. Earlier versions enrolled such keys.
    pub(super) async fn approve(
        &self,
        ticket: review::Ticket,
        value: Option<String>,
    ) -> Result<Outcome, AuthenticatorError> {
        let value = ticket.binding_value(value)?.to_wire();
        let txn = ticket.txn().clone();
        let (enrolment, _) = self.open_entry(&txn)?;
        self.settle_uvk(&enrolment.id).await?;
        self.require_valid_metadata(&enrolment.id).await?;
        self.refresh_lost_history(&enrolment.id).await?;
        let (enrolment, entry) = self.open_entry(&txn)?;
        let now = self.now(&enrolment.id)?;
        let app = self.shared.config.app_version;
        check_approval(&enrolment, &entry, &ticket, app, now).map_err(|error| error.outward(self, "approve"))?;
        let keys = &enrolment.keys;
        let payments = ticket.payments().to_vec();
        let decision = Decision {
            display_hash: Some(ticket.display_hash()),
            display_model: ticket.display_model(),
            binding: value,
            payments: (!payments.is_empty()).then_some(payments),
            ceremony: Ceremony {
                shown_ms: ticket.shown_ms(),
                locale: ticket.locale(),
                verification: keys.verification,
                call_active: ticket.call_active(),
            },
            ..self.draft(&enrolment, &entry, DecisionKind::Approve, self.next_number(&enrolment.id)?)?
        };
        let prompt = super::prompt(PromptPurpose::Approve, &enrolment);
        let signed = self.sign_decision(&decision, &keys.uvk, &keys.public.uvk, Some(prompt)).await?;
        let jws = signed.jws.clone();
        // Everything can have changed while the user was prompted.
        let queued = self.commit(|state, reading| -> Result<(), ChangeError> {
            let (current, entry) = state.open_entry(&txn, reading)?;
            check_approval(current, entry, &ticket, app, current.clock.now(reading))?;
            Ok(state.enrolment_mut(&enrolment.id)?.queue(&txn, signed, decision.number)?)
        });
        queued.map_err(|error| error.outward(self, "approve"))?;
        self.send_queued(&enrolment.id, &txn, jws).await
    }

    /// Denies with the DK, without a prompt.
    ///
    /// If another decision is stored meanwhile, the denial is signed again. Each repetition means
    /// that another pending request was decided, so there are only a few.
    pub(super) async fn deny(&self, txn: &Txn, denial: Denial) -> Result<Outcome, AuthenticatorError> {
        let (id, jws) = loop {
            match self.store_denial(txn, &denial).await {
                Err(AuthenticatorError::DecisionConflict) => {}
                stored => break stored?,
            }
        };
        self.send_queued(&id, txn, jws).await
    }

    /// Signs a denial and stores it in the outbox.
    async fn store_denial(&self, txn: &Txn, denial: &Denial) -> Result<(EnrolmentId, String), AuthenticatorError> {
        let (enrolment, entry) = self.open_entry(txn)?;
        let keys = &enrolment.keys;
        // A display of a model that the server does not announce any more is left out.
        let seen = denial.seen.as_ref().filter(|seen| enrolment.announces(seen.model.as_ref()));
        let decision = Decision {
            display_hash: seen.map(|seen| seen.hash),
            display_model: seen.and_then(|seen| seen.model.clone()),
            reason: Some(denial.reason),
            ceremony: Ceremony { shown_ms: denial.shown_ms, locale: denial.locale, ..no_ceremony() },
            ..self.draft(&enrolment, &entry, DecisionKind::Deny, self.next_or_last_number(&enrolment.id)?)?
        };
        let signed = self.sign_decision(&decision, &keys.dk, &keys.public.dk, None).await?;
        let jws = signed.jws.clone();
        self.commit(|state, _| state.enrolment_mut(&enrolment.id)?.queue(txn, signed, decision.number))?;
        Ok((enrolment.id, jws))
    }

    /// Sends every decision in the outbox of an enrolment and returns the first error.
    ///
    /// A decision that the server rejects stays in the outbox, is added to `rejected`, and does not
    /// stop the others. If no response arrives, the function returns at once.
    pub(super) async fn flush_outbox(
        &self,
        id: &EnrolmentId,
        rejected: &mut Vec<Txn>,
    ) -> Result<(), AuthenticatorError> {
        let outbox: Vec<(Txn, String)> =
            self.state().enrolment(id)?.outbox().map(|(txn, jws)| (txn.clone(), jws.to_owned())).collect();
        let mut result = Ok(());
        for (txn, jws) in outbox {
            match self.send_decision(id, &txn, jws).await {
                Ok(_) => {}
                Err(AuthenticatorError::Transport(error)) if error != TransportError::TooLong => {
                    return Err(error.into());
                }
                Err(error) => {
                    if error.rejects_message() {
                        rejected.push(txn);
                    }
                    result = result.and(Err(error));
                }
            }
        }
        result
    }

    fn open_entry(&self, txn: &Txn) -> Result<(Enrolment, Entry), AuthenticatorError> {
        self.expire()?;
        let reading = self.reading()?;
        let state = self.state();
        let (enrolment, entry) = state.open_entry(txn, &reading)?;
        Ok((enrolment.clone(), entry.clone()))
    }

    /// Returns a decision with the members that approvals and denials share.
    ///
    /// The number is drawn after the history was read, so a later decision has a higher number.
    fn draft(
        &self,
        enrolment: &Enrolment,
        entry: &Entry,
        decision: DecisionKind,
        number: Number,
    ) -> Result<Decision, AuthenticatorError> {
        let request = &entry.request;
        Ok(Decision {
            iss: enrolment.id.clone(),
            aud: enrolment.issuer.clone(),
            jti: Jti::random().map_err(|_| AuthenticatorError::Broken)?,
            number,
            iat: self.signed_now(&enrolment.id)?.max(request.iat),
            exp: request.exp,
            txn: request.txn.clone(),
            request_hash: entry.request_hash,
            display_hash: None,
            display_model: None,
            decision,
            reason: None,
            binding: None,
            payments: None,
            nonce: request.nonce.clone(),
            ceremony: no_ceremony(),
            history: enrolment.next_history(),
        })
    }

    async fn sign_decision(
        &self,
        decision: &Decision,
        key: &KeyHandle,
        public: &PublicKey,
        prompt: Option<Prompt>,
    ) -> Result<SignedDecision, AuthenticatorError> {
        let input = signing_input(decision, public)?;
        let signature = self.sign(key, public, input.as_bytes(), prompt).await?;
        Ok(SignedDecision {
            jws: input.finish(&signature),
            kind: decision.decision,
            reason: decision.reason,
            key: Some(public.clone()),
            at: Some(decision.iat),
            history: decision.history,
        })
    }

    async fn send_queued(&self, id: &EnrolmentId, txn: &Txn, jws: String) -> Result<Outcome, AuthenticatorError> {
        match self.send_decision(id, txn, jws).await {
            Ok(receipt::Outcome::Accepted) => Ok(Outcome::Confirmed),
            Ok(outcome) => Ok(Outcome::Failed(outcome)),
            // The enrolment was revoked meanwhile, so the decision is never sent.
            Err(error @ AuthenticatorError::NotActive(_)) => Err(error),
            Err(error) if error.rejects_message() => Ok(Outcome::Unconfirmed),
            // There is no valid receipt. A refresh sends the decision again and reports the error.
            Err(_) => Ok(Outcome::Queued),
        }
    }

    /// Sends a queued decision and applies its receipt. If the server rejects the caller and the DK
    /// that signed a denial has been replaced, the denial is signed again and sent once more.
    async fn send_decision(
        &self,
        id: &EnrolmentId,
        txn: &Txn,
        jws: String,
    ) -> Result<receipt::Outcome, AuthenticatorError> {
        let outcome = match self.post_decision(id, txn, jws).await {
            Err(error) if error.rejects_caller() => match self.sign_denial_again(id, txn).await? {
                Some(jws) => self.post_decision(id, txn, jws).await,
                None => {
                    self.refresh_after_rejection(id, txn).await?;
                    Err(error)
                }
            },
            posted => posted,
        }?;
        self.delete_marked_keys().await;
        Ok(outcome)
    }

    async fn post_decision(
        &self,
        id: &EnrolmentId,
        txn: &Txn,
        jws: String,
    ) -> Result<receipt::Outcome, AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| endpoints.decisions.clone())?;
        let call = Call { method: Method::Post, url, body: jws.into_bytes(), max_response_bytes: MAX_MESSAGE_BYTES };
        let receipt = self.call_for(id, &call).await?;
        self.apply_message(id, "receipt", || self.apply_decision_receipt(id, txn, &receipt)).await
    }

    /// Signs a queued denial again with the current DK, if the DK that signed it was replaced.
    /// Returns `None` for any other decision.
    ///
    /// The new message has its own number and `jti`, because the server may have accepted the first
    /// one: the error that caused this call is not signed. In that case the server responds to the
    /// new message with `already_decided`.
    async fn sign_denial_again(&self, id: &EnrolmentId, txn: &Txn) -> Result<Option<String>, AuthenticatorError> {
        loop {
            match self.try_sign_denial_again(id, txn).await {
                Err(AuthenticatorError::DecisionConflict) => {}
                signed => return signed,
            }
        }
    }

    async fn try_sign_denial_again(&self, id: &EnrolmentId, txn: &Txn) -> Result<Option<String>, AuthenticatorError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let Some(EntryState::Queued(old)) = enrolment.entry(txn).map(|entry| &entry.state) else { return Ok(None) };
        let Ok(Verified { message, .. }) = open::<Decision>(&old.jws, |kid| enrolment.replaced_dk(kid)) else {
            return Ok(None);
        };
        let keys = &enrolment.keys;
        let number = self.next_or_last_number(id)?;
        let jti = Jti::random().map_err(|_| AuthenticatorError::Broken)?;
        let display_hash = message.display_hash.filter(|_| enrolment.announces(message.display_model.as_ref()));
        let display_model = display_hash.and(message.display_model);
        let history = enrolment.next_history();
        let again = Decision { number, jti, display_hash, display_model, history, ..message };
        let new = self.sign_decision(&again, &keys.dk, &keys.public.dk, None).await?;
        let jws = new.jws.clone();
        self.commit(|state, _| state.enrolment_mut(id)?.replace_decision(txn, old, new, number))?;
        Ok(Some(jws))
    }

    fn apply_decision_receipt(&self, id: &EnrolmentId, txn: &Txn, jws: &str) -> Result<receipt::Outcome, ChangeError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?;
        let (outcome, rollback) = self.commit(|state, reading| -> Result<_, ChangeError> {
            let enrolment = state.enrolment_mut(id)?;
            enrolment.settle(txn, jws, &receipt)?;
            let outcome = match enrolment.entry(txn).map(|entry| &entry.state) {
                Some(EntryState::Settled(settled)) => settled.outcome,
                _ => receipt.message.outcome,
            };
            Ok((outcome, state.apply_receipt(id, &receipt.message, reading)?))
        })?;
        self.report_rollback("receipt", rollback);
        Ok(outcome)
    }
}

/// Checks that the ticket's request can be approved by the current state: the signing key of the
/// request, the metadata, the state of the enrolment, the user-verification key, the policy, and
/// the version of the app.
fn check_approval(
    enrolment: &Enrolment,
    entry: &Entry,
    ticket: &review::Ticket,
    app: Option<AppVersion>,
    now: Timestamp,
) -> Result<(), ChangeError> {
    inbound::open_request(&entry.jws, enrolment)?;
    if enrolment.metadata_has_expired(now) {
        return Err(VerifyError::Expired.into());
    }
    if entry.request_hash != ticket.request_hash() {
        return Err(AuthenticatorError::NotPending.into());
    }
    if enrolment.state != EnrolmentState::Active {
        return Err(AuthenticatorError::NotActive(enrolment.state).into());
    }
    if enrolment.keys.verification == Verification::None {
        return Err(AuthenticatorError::from(KeyStoreError::NoVerification).into());
    }
    // The server would reject a decision with a model that it does not announce.
    if !enrolment.announces(ticket.display_model().as_ref()) {
        return Err(AuthenticatorError::DecisionConflict.into());
    }
    ticket.check_policy(&enrolment.display_policy(app)).map_err(|error| {
        ChangeError::Failed(match error {
            NotRendered::NotApprovable(reason) => AuthenticatorError::NotApprovable(reason),
            error => AuthenticatorError::NotRendered(error),
        })
    })
}

/// Returns the ceremony of a decision without a display and without user verification.
const fn no_ceremony() -> Ceremony {
    Ceremony { shown_ms: 0, locale: Locale::En, verification: Verification::None, call_active: false }
}
