//! Answers: signed, kept before they are first sent, and sent byte for byte until a receipt comes.

use super::call::Call;
use super::{Inner, Refusal};
use crate::device::inbound;
use crate::device::state::{EntryState, SignedDecision};
use crate::device::{Enrolment, Entry};
use crate::error::AuthenticatorError;
use crate::platform::{KeyHandle, Method, Prompt, PromptPurpose};
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Locale, Txn};
use countersign_protocol::message::decision::{Ceremony, Decision, DecisionKind, DenyReason, Verification};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _, Verified, open};
use countersign_protocol::review;

/// What became of an answer. Only `Confirmed` may be shown as "approved".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server's receipt says that it counts.
    Confirmed,
    /// Kept; sent by itself at the next [`refresh`](super::Authenticator::refresh).
    Queued,
    /// The server's receipt says that it does not count, and why.
    Failed(receipt::Outcome),
}

/// A denial in the making.
pub(super) struct Denial {
    pub(super) reason: DenyReason,
    /// What the user saw, if anything.
    pub(super) seen: Option<Digest>,
    pub(super) locale: Locale,
    pub(super) shown_ms: u64,
}

impl Inner {
    /// Approves with UVK and its prompt. The ticket is used up whatever happens; nothing is kept if the user is not verified,
    /// while another UVK is on its way, or if the issuer no longer stands by the key that signed the request.
    pub(super) async fn approve(
        &self,
        ticket: review::Ticket,
        value: Option<String>,
    ) -> Result<Outcome, AuthenticatorError> {
        let value = ticket.binding_value(value)?.to_wire();
        let txn = ticket.txn().clone();
        let (enrolment, _) = self.answerable(&txn)?;
        self.settle_uvk(&enrolment.id).await?;
        self.renewed(&enrolment.id).await?;
        let (enrolment, entry) = self.answerable(&txn)?;
        inbound::open_request(&entry.jws, &enrolment).map_err(|rejection| self.reject("approve", rejection))?;
        if entry.request_hash != ticket.request_hash() {
            return Err(AuthenticatorError::NotPending);
        }
        if enrolment.state != countersign_protocol::message::status::EnrolmentState::Active {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        let keys = &enrolment.keys;
        let payments = ticket.payments().to_vec();
        let decision = Decision {
            display_hash: Some(ticket.display_hash()),
            decision: DecisionKind::Approve,
            reason: None,
            binding: value,
            payments: (!payments.is_empty()).then_some(payments),
            ceremony: Ceremony {
                shown_ms: ticket.shown_ms(),
                locale: ticket.locale(),
                verification: keys.verification,
                call_active: ticket.call_active(),
            },
            ..self.draft(&enrolment, &entry)?
        };
        let prompt =
            Prompt { purpose: PromptPurpose::Approve, issuer_name: super::shown(&enrolment.account).issuer_name };
        let answer = self.signed(&decision, &keys.uvk, &keys.public.uvk, Some(prompt)).await?;
        self.keep_and_send(&enrolment.id, &txn, answer, decision.number).await
    }

    /// Denies with DK: one step, no prompt.
    pub(super) async fn deny(&self, txn: &Txn, denial: Denial) -> Result<Outcome, AuthenticatorError> {
        let (enrolment, entry) = self.answerable(txn)?;
        let keys = &enrolment.keys;
        let decision = Decision {
            display_hash: denial.seen,
            decision: DecisionKind::Deny,
            reason: Some(denial.reason),
            ceremony: Ceremony { shown_ms: denial.shown_ms, locale: denial.locale, ..unseen() },
            ..self.draft(&enrolment, &entry)?
        };
        let answer = self.signed(&decision, &keys.dk, &keys.public.dk, None).await?;
        self.keep_and_send(&enrolment.id, txn, answer, decision.number).await
    }

    /// Sends every kept answer of an enrolment. One that the server refuses stays kept and holds no other back; without a
    /// connection it stops. The refused ones are named in `refused`, the first error is told.
    pub(super) async fn flush(&self, id: &EnrolmentId, refused: &mut Vec<Txn>) -> Result<(), AuthenticatorError> {
        let outbox: Vec<(Txn, String)> =
            self.state().enrolment(id)?.outbox().map(|(txn, jws)| (txn.clone(), jws.to_owned())).collect();
        let mut told = Ok(());
        for (txn, jws) in outbox {
            match self.deliver(id, &txn, jws).await {
                Ok(_) => {}
                Err(AuthenticatorError::Transport(error)) => return Err(error.into()),
                Err(error) => {
                    if matches!(error, AuthenticatorError::Server { .. }) {
                        refused.push(txn);
                    }
                    told = told.and(Err(error));
                }
            }
        }
        told
    }

    fn answerable(&self, txn: &Txn) -> Result<(Enrolment, Entry), AuthenticatorError> {
        self.expire()?;
        let reading = self.reading()?;
        let state = self.state();
        let (enrolment, entry) = state.open_entry(txn, &reading)?;
        Ok((enrolment.clone(), entry.clone()))
    }

    /// What every decision on a request says.
    fn draft(&self, enrolment: &Enrolment, entry: &Entry) -> Result<Decision, AuthenticatorError> {
        let request = &entry.request;
        Ok(Decision {
            iss: enrolment.id.clone(),
            aud: enrolment.issuer.clone(),
            jti: Jti::random().map_err(|_| AuthenticatorError::Broken)?,
            number: self.draw_number(&enrolment.id)?,
            iat: self.now(&enrolment.id)?,
            exp: request.exp,
            txn: request.txn.clone(),
            request_hash: entry.request_hash,
            display_hash: None,
            decision: DecisionKind::Deny,
            reason: None,
            binding: None,
            payments: None,
            nonce: request.nonce.clone(),
            ceremony: unseen(),
        })
    }

    async fn signed(
        &self,
        decision: &Decision,
        key: &KeyHandle,
        public: &PublicKey,
        prompt: Option<Prompt>,
    ) -> Result<SignedDecision, AuthenticatorError> {
        let input = decision.signing_input(public.thumbprint()).map_err(|_| AuthenticatorError::Broken)?;
        let signature = self.sign(key, public, input.as_bytes(), prompt).await?;
        Ok(SignedDecision {
            jws: input.finish(&signature),
            answer: decision.decision,
            reason: decision.reason,
            key: Some(public.clone()),
            at: Some(decision.iat),
        })
    }

    async fn keep_and_send(
        &self,
        id: &EnrolmentId,
        txn: &Txn,
        answer: SignedDecision,
        number: Number,
    ) -> Result<Outcome, AuthenticatorError> {
        let jws = answer.jws.clone();
        self.commit(|state, _| state.enrolment_mut(id)?.queue(txn, answer, number))?;
        match self.deliver(id, txn, jws).await {
            Ok(receipt::Outcome::Accepted) => Ok(Outcome::Confirmed),
            Ok(outcome) => Ok(Outcome::Failed(outcome)),
            // The enrolment has ended meanwhile: the answer goes nowhere.
            Err(error @ AuthenticatorError::NotActive(_)) => Err(error),
            // No receipt that counts: the answer is kept and goes out again, and a refresh will tell what keeps it back.
            Err(_) => Ok(Outcome::Queued),
        }
    }

    /// Sends a kept answer and takes its receipt. A denial that the server refuses is signed anew if the DK that signed it has
    /// been replaced.
    async fn deliver(&self, id: &EnrolmentId, txn: &Txn, jws: String) -> Result<receipt::Outcome, AuthenticatorError> {
        let outcome = match self.post_answer(id, txn, jws).await {
            Err(refused) if refused.is_of_caller() => match self.signed_anew(id, txn).await? {
                Some(jws) => self.post_answer(id, txn, jws).await,
                None => Err(refused),
            },
            posted => posted,
        }?;
        self.bury().await;
        Ok(outcome)
    }

    async fn post_answer(
        &self,
        id: &EnrolmentId,
        txn: &Txn,
        jws: String,
    ) -> Result<receipt::Outcome, AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| endpoints.decisions.clone())?;
        let call = Call { method: Method::Post, url, body: jws.into_bytes(), max_answer: MAX_MESSAGE_BYTES };
        let receipt = self.call_for(id, &call).await?;
        self.taken(id, "receipt", || self.take_receipt(id, txn, &receipt)).await
    }

    /// The kept denial of a request, with the same words by the present DK, if the DK that signed it has been replaced.
    async fn signed_anew(&self, id: &EnrolmentId, txn: &Txn) -> Result<Option<String>, AuthenticatorError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let Some(EntryState::Queued(kept)) = enrolment.entry(txn).map(|entry| &entry.state) else { return Ok(None) };
        let Ok(Verified { message, .. }) = open::<Decision>(&kept.jws, |kid| enrolment.former_dk(kid)) else {
            return Ok(None);
        };
        let keys = &enrolment.keys;
        let anew = self.signed(&message, &keys.dk, &keys.public.dk, None).await?;
        let jws = anew.jws.clone();
        self.commit(|state, _| state.enrolment_mut(id)?.replace_decision(txn, kept, anew))?;
        Ok(Some(jws))
    }

    fn take_receipt(&self, id: &EnrolmentId, txn: &Txn, jws: &str) -> Result<receipt::Outcome, Refusal> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?;
        let (outcome, restored) = self.commit(|state, reading| -> Result<_, Refusal> {
            let enrolment = state.enrolment_mut(id)?;
            enrolment.settle(txn, jws, &receipt)?;
            let outcome = match enrolment.entry(txn).map(|entry| &entry.state) {
                Some(EntryState::Settled(settled)) => settled.outcome,
                _ => receipt.message.outcome,
            };
            Ok((outcome, state.take_word(id, &receipt.message, reading)?))
        })?;
        self.tell_restored("receipt", restored);
        Ok(outcome)
    }
}

/// The ceremony of an answer without one.
const fn unseen() -> Ceremony {
    Ceremony { shown_ms: 0, locale: Locale::En, verification: Verification::None, call_active: false }
}
