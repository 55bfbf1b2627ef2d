//! Decisions: verified, judged once in a transaction, acknowledged by a receipt (ADP/1, section 8).

use axum::response::Response;
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::decision::{Decision, DecisionKind, DenyReason, Verification};
use countersign_protocol::message::enrolment::CallPolicy;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{Verified, open, request};

use super::approvals::{close_pending, has_pending};
use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, GatewayError, binding, body, displayed};
use crate::model::{ApprovalRequest, Assurance, DecisionRecord, DenialReason, Enrolment, Request, RequestState};
use crate::policy::RequestPolicy;
use crate::security_log::{Event, Id};
use crate::store::{Lock, ReadSession, Tx};

/// The time by which a decision can be dated outside the lifetime of its request, in seconds. The
/// verifier of evidence has the same bound.
const LEEWAY_SECS: i64 = 60;

/// The number of different decisions on one request that are stored and acknowledged.
const MAX_DECISIONS: usize = 8;

/// A decision with a valid signature.
struct SignedDecision {
    verified: Verified<Decision>,
    /// The key that verified it. The phone may have another key when the decision is stored.
    signer: PublicKey,
}

/// A decision and everything that it refers to.
struct Case<'a> {
    phone: &'a Enrolment,
    decision: &'a Decision,
    request: Request,
    /// The claims of the request.
    claims: request::Request,
    approval: ApprovalRequest,
}

impl Gateway {
    /// Handles `POST /adp/v1/decisions`.
    pub(super) async fn decide(&self, phone: &Enrolment, compact: &str) -> Result<Response, CallProblem> {
        Ok(body::jose(self.receipt_for(phone, compact).await?))
    }

    /// Judges a decision and returns the signed receipt. The same bytes get the same receipt.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn receipt_for(&self, phone: &Enrolment, compact: &str) -> Result<String, CallProblem> {
        let digest = Digest::of(compact.as_bytes());
        // The signature is verified before the transaction. Values that others can change are
        // checked in it.
        let signed = match self.verified_decision(phone, compact) {
            Ok(signed) => signed,
            // The key of an earlier decision can have been replaced since.
            Err(problem) => {
                let known = receipt_of(&mut *self.parts.store.read().await?, phone, &digest).await?;
                return known.map_or(Err(problem), |receipt| Ok(self.receipt_again(receipt)?));
            }
        };
        let mut db = self.parts.store.read().await?;
        let request = db.request(&signed.verified.message.txn).await?;
        let request = request
            .filter(|request| request.enrolment == phone.id)
            .ok_or_else(|| CallProblem::rejected("decision on a request of another phone"))?;
        drop(db);

        let mut tx = self.parts.store.begin().await?;
        tx.lock_all([
            Lock::account(&phone.account),
            Lock::enrolment(&phone.id),
            Lock::approval(&request.approval_request),
        ])
        .await?;
        if let Some(receipt) = receipt_of(&mut *tx, phone, &digest).await? {
            tx.commit().await?;
            return Ok(self.receipt_again(receipt)?);
        }
        let receipt = self.receive(&mut tx, phone, &signed, compact).await?;
        tx.commit().await?;
        Ok(receipt)
    }

    /// Verifies that the right key signed the decision for this issuer: UVK to approve, DK or UVK
    /// to deny.
    fn verified_decision(&self, phone: &Enrolment, compact: &str) -> Result<SignedDecision, CallProblem> {
        let (dk, uvk) = (&phone.keys.dk, &phone.keys.uvk);
        let verified = open::<Decision>(compact, |kid| [uvk, dk].into_iter().find(|key| key.thumbprint() == kid))
            .map_err(|error| CallProblem::rejected(error.code()))?;
        let decision = &verified.message;
        let by_user = verified.kid == uvk.thumbprint();
        let checks = [
            (decision.decision == DecisionKind::Deny || by_user, "approval by the device key"),
            (decision.decision == DecisionKind::Deny || decision.reason.is_none(), "approval with a reason to deny"),
            (decision.iss == phone.id, "decision of another enrolment"),
            (decision.aud == self.parts.issuer, "decision for another issuer"),
            (decision.has_possible_history(), "decision with an impossible history"),
            (
                decision.display_hash.is_some() || decision.display_model.is_none(),
                "decision with a model and no display",
            ),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(CallProblem::rejected(reason)),
            None => Ok(SignedDecision { signer: if by_user { uvk } else { dk }.clone(), verified }),
        }
    }

    /// Judges a decision that is seen for the first time and stores it with its receipt.
    async fn receive(
        &self,
        tx: &mut Tx,
        phone: &Enrolment,
        SignedDecision { verified, signer }: &SignedDecision,
        compact: &str,
    ) -> Result<String, CallProblem> {
        let decision = &verified.message;
        let request = tx.request(&decision.txn).await?.ok_or(GatewayError::Missing("a request"))?;
        let claims = self.claims_of(&request)?;
        check_subject(decision, &request, &claims)?;
        if tx.decisions_on(&request.txn).await?.len() >= MAX_DECISIONS {
            return Err(CallProblem::new(ProblemCode::TooMany, "decisions on one request"));
        }
        let approval = tx.approval_request(&request.approval_request).await?;
        let approval = approval.ok_or(GatewayError::Missing("an approval request"))?;
        // The phone may have been removed or may have another UVK since the call began.
        let mut phone = tx.enrolment(&phone.id).await?.ok_or(GatewayError::Missing("an enrolment"))?;
        // The receipt of a decision with a history names the keys that the phone has now.
        let (approves, proves) = (decision.decision == DecisionKind::Approve, decision.history.is_some());
        let by_user = verified.kid == phone.keys.uvk.thumbprint();
        let by_device = verified.kid == phone.keys.dk.thumbprint();
        if !by_user && (approves || proves && !by_device) {
            return Err(CallProblem::rejected("decision by a key that was replaced"));
        }
        let approval_id = approval.id.clone();
        let first_use = self.use_number(tx, &mut phone, decision.number, &verified.digest).await?;
        if first_use && decision.history.is_some() && !phone.signs_history {
            phone.signs_history = true;
            tx.save_enrolment(&phone, self.now()).await?;
        }
        let mut case = Case { phone: &phone, decision, request, claims, approval };
        let outcome = match first_use {
            true => self.judge(tx, &mut case).await?,
            false => self.end_for_reused_number(tx, &mut case).await?,
        };
        let mut receipt = self.receipt(tx, &phone, verified.digest, Some(decision), outcome).await?;
        // The clock may have been set back since the request was made. Evidence is in order.
        receipt.iat = receipt.iat.max(case.claims.iat);
        let receipt = self.sign(&receipt)?;
        let record = DecisionRecord {
            hash: verified.digest,
            txn: decision.txn.clone(),
            jws: compact.to_owned(),
            signer: signer.clone(),
            receipt: receipt.clone(),
            received: self.now(),
        };
        tx.insert_decision(&approval_id, &record).await?;
        self.report_decision(tx, &case, &record, outcome);
        Ok(receipt)
    }

    fn report_decision(&self, tx: &mut Tx, case: &Case<'_>, record: &DecisionRecord, outcome: Outcome) {
        let account = self.parts.security_log.account(&case.phone.account);
        let (enrolment, client) = (Id::from(&case.phone.id), Id::from(&case.claims.client));
        let (approval_request, txn) = (Id::from(&case.approval.id), Id::from(&record.txn));
        let (decision, kind) = (Id::from(&record.hash), case.decision.decision.as_str());
        let reason = case.decision.reason.map(DenyReason::as_str);
        self.report(
            tx,
            &match outcome {
                Outcome::Accepted => Event::DecisionAccepted {
                    account,
                    enrolment,
                    client,
                    approval_request,
                    txn,
                    decision,
                    kind,
                    reason,
                },
                other => {
                    let receipt = other.as_str();
                    Event::DecisionNotAccepted {
                        account,
                        enrolment,
                        client,
                        approval_request,
                        txn,
                        decision,
                        kind,
                        receipt,
                    }
                }
            },
        );
    }

    /// Returns the claims of a request.
    fn claims_of(&self, request: &Request) -> Result<request::Request, GatewayError> {
        // A key that was rotated since then stays valid for the lifetime of the request.
        let keys = self.parts.keys.device();
        Ok(open::<request::Request>(&request.jws, |kid| keys.find(kid))?.message)
    }

    /// Decides the outcome of a verified decision and applies it.
    async fn judge(&self, tx: &mut Tx, case: &mut Case<'_>) -> Result<Outcome, GatewayError> {
        match case.request.state {
            RequestState::Pending => {}
            RequestState::Expired => return Ok(Outcome::Expired),
            RequestState::Cancelled => return Ok(Outcome::Cancelled),
            RequestState::Accepted
            | RequestState::BindingMismatch
            | RequestState::DecidedElsewhere
            | RequestState::Policy => return Ok(Outcome::AlreadyDecided),
        }
        let is_late = case.decision.iat.since(case.claims.exp) > LEEWAY_SECS;
        if is_late || !case.request.is_open(self.now()) {
            self.close(tx, case, RequestState::Expired).await?;
            return Ok(Outcome::Expired);
        }
        match (case.phone.status(), case.decision.decision) {
            // A suspended phone can deny: a denial is harmless and may report an attack (ADP/1,
            // section 9).
            (EnrolmentState::Active | EnrolmentState::Suspended, DecisionKind::Deny) => {
                return self.deny(tx, case).await;
            }
            (EnrolmentState::Active, DecisionKind::Approve) => {}
            _ => return self.end_for_policy(tx, case).await,
        }
        // A phone approves for its own account only.
        if case.phone.account != case.approval.account {
            return self.end_for_policy(tx, case).await;
        }
        let ceremony = &case.decision.ceremony;
        // The policy may be stricter now than it was when the request was made.
        if !self.parts.policy.accepts(case.claims.binding.mode())
            || ceremony.verification == Verification::None
            || ceremony.shown_ms < self.parts.policy.min_shown_ms.into()
            || ceremony.call_active && self.parts.policy.calls == CallPolicy::Block
            || case.phone.signs_history && case.decision.history.is_none()
            || !displayed::is_approved(case.decision, &case.claims, &self.parts.detail_types, &self.parts.policy)
        {
            return self.end_for_policy(tx, case).await;
        }
        let Some(expected) = case.approval.expected() else {
            return match case.decision.binding {
                None => self.approve(tx, case, false).await,
                Some(_) => self.end_for_policy(tx, case).await,
            };
        };
        // During a cool-down no value is compared, so that older requests give no more tries
        // (PSD2 RTS, Article 4(3)(b)).
        if self.parts.policy.cools_down(&tx.guard(&case.approval.account).await?, self.now()) {
            return self.end_for_policy(tx, case).await;
        }
        match &case.decision.binding {
            Some(sent) if binding::matches(&case.claims.binding, expected, sent) => self.approve(tx, case, true).await,
            _ => self.record_mismatch(tx, case).await,
        }
    }

    /// Applies an approval. `bound` tells if a binding value was needed and was right.
    async fn approve(&self, tx: &mut Tx, case: &mut Case<'_>, bound: bool) -> Result<Outcome, GatewayError> {
        case.approval.approve(Assurance::uv_software(self.now()))?;
        self.end_all(tx, case, RequestState::Accepted).await?;
        let before = tx.guard(&case.approval.account).await?;
        let mut guard = before.clone();
        RequestPolicy::after_approval(&mut guard, bound);
        if guard != before {
            tx.save_guard(&case.approval.account, &guard).await?;
        }
        Ok(Outcome::Accepted)
    }

    async fn deny(&self, tx: &mut Tx, case: &mut Case<'_>) -> Result<Outcome, GatewayError> {
        let reason = case.decision.reason.unwrap_or(DenyReason::Other);
        case.approval.deny(DenialReason::User(reason))?;
        self.end_all(tx, case, RequestState::Accepted).await?;
        if reason == DenyReason::NotMe {
            let mut guard = tx.guard(&case.approval.account).await?;
            self.parts.policy.after_not_me(&mut guard, self.now());
            tx.save_guard(&case.approval.account, &guard).await?;
        }
        Ok(Outcome::Accepted)
    }

    async fn record_mismatch(&self, tx: &mut Tx, case: &mut Case<'_>) -> Result<Outcome, GatewayError> {
        case.approval.record_mismatch()?;
        self.end_all(tx, case, RequestState::BindingMismatch).await?;
        let mut guard = tx.guard(&case.approval.account).await?;
        self.parts.policy.after_wrong_value(&mut guard, self.now());
        tx.save_guard(&case.approval.account, &guard).await?;
        Ok(Outcome::BindingMismatch)
    }

    /// Ends the request at this phone. The approval request is denied when no other phone can
    /// decide.
    async fn end_for_policy(&self, tx: &mut Tx, case: &mut Case<'_>) -> Result<Outcome, GatewayError> {
        self.close(tx, case, RequestState::Policy).await?;
        if case.approval.is_pending() && !has_pending(tx, &case.approval.id).await? {
            case.approval.deny(DenialReason::Policy)?;
            tx.save_approval_request(&case.approval).await?;
        }
        Ok(Outcome::Policy)
    }

    /// Handles a decision whose number was used by other bytes. It decides nothing. The request
    /// ends at this phone, since a copy of the phone may exist.
    async fn end_for_reused_number(&self, tx: &mut Tx, case: &mut Case<'_>) -> Result<Outcome, GatewayError> {
        if case.request.is_open(self.now()) {
            self.end_for_policy(tx, case).await?;
        }
        Ok(Outcome::NumberUsed)
    }

    async fn close(&self, tx: &mut Tx, case: &mut Case<'_>, to: RequestState) -> Result<(), GatewayError> {
        case.request.close(to, self.now())?;
        Ok(tx.save_request(&case.request).await?)
    }

    /// Stores the ended approval request, ends this request, and ends the requests at the other
    /// phones.
    async fn end_all(&self, tx: &mut Tx, case: &mut Case<'_>, to: RequestState) -> Result<(), GatewayError> {
        self.close(tx, case, to).await?;
        close_pending(tx, &case.approval.id, RequestState::DecidedElsewhere, self.now()).await?;
        Ok(tx.save_approval_request(&case.approval).await?)
    }
}

/// Returns the receipt that exactly these bytes of this phone got before.
async fn receipt_of(
    db: &mut dyn ReadSession,
    phone: &Enrolment,
    digest: &Digest,
) -> Result<Option<String>, GatewayError> {
    let Some(known) = db.decision(digest).await? else { return Ok(None) };
    let request = db.request(&known.txn).await?;
    Ok(request.filter(|request| request.enrolment == phone.id).map(|_| known.receipt))
}

/// Checks that the decision is about exactly this request. Its time is compared with the request,
/// and not with the clock, which can have been set back since.
fn check_subject(decision: &Decision, request: &Request, claims: &request::Request) -> Result<(), CallProblem> {
    let checks = [
        (decision.request_hash == request.hash, "decision on other bytes"),
        (decision.nonce == claims.nonce, "decision with another nonce"),
        (decision.exp == claims.exp, "decision with another expiry"),
        (decision.iat.since(claims.iat) >= -LEEWAY_SECS, "decision from before its request"),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        Some((_, reason)) => Err(CallProblem::rejected(reason)),
        None => Ok(()),
    }
}
