//! Decisions: verified, judged once under the write lock, answered by a receipt that never changes (ADP/1 §8).

use axum::response::Response;
use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::{Digest, JoseError};
use countersign_protocol::message::claims::Txn;
use countersign_protocol::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_protocol::message::enrolment::CallPolicy;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{Message as _, Verified, open};
use countersign_protocol::review;
use sqlx::SqliteConnection;

use super::phone::{self, Phone};
use super::refusal::{Code, Refused};
use super::{Assurance, Fault, Gateway, binding, body, numbers};
use crate::policy::RequestPolicy;
use crate::store::StoreError;
use crate::store::requests::{self, ApprovalRequestRow, DecisionRow, RequestRow};

/// How far a phone's clock may be ahead or behind, in seconds (ADP/1 §9).
const LEEWAY: i64 = 60;

/// Different decisions on one request that are kept and answered; a phone has no reason to send more.
const MOST_DECISIONS: usize = 8;

/// A decision whose signature holds.
struct Signed {
    verified: Verified<Decision>,
    /// The key that verified it (JWK). The phone may have another one by the time that the decision is kept.
    signer: String,
}

/// What is judged: the decision and everything it is about.
struct Case<'a> {
    phone: &'a Phone,
    request: &'a RequestRow,
    asked: &'a Request,
    ask: &'a ApprovalRequestRow,
    decision: &'a Decision,
}

impl Gateway {
    /// `POST /adp/v1/decisions`.
    pub(super) async fn decide(&self, phone: &Phone, compact: &str) -> Result<Response, Refused> {
        Ok(body::jose(self.receipt_for(phone, compact).await?))
    }

    /// The signed receipt for a decision, whoever carried it here. The same bytes get the same one.
    pub(super) async fn receipt_for(&self, phone: &Phone, compact: &str) -> Result<String, Refused> {
        let digest = Digest::of(compact.as_bytes());
        let mut db = self.parts.store.pool().acquire().await?;
        if let Some(receipt) = receipt_of(&mut db, phone, &digest).await? {
            return Ok(self.receipt_again(receipt)?);
        }
        drop(db);
        // Signatures are checked before the lock is taken, everything that others may change after it.
        let signed = self.verified_decision(phone, compact)?;
        let mut db = self.parts.store.write().await?;
        if let Some(receipt) = receipt_of(&mut db, phone, &digest).await? {
            return Ok(self.receipt_again(receipt)?);
        }
        let receipt = self.receive(&mut db, phone, &signed, compact).await?;
        db.commit().await?;
        Ok(receipt)
    }

    /// The decision if the right key signed it for this issuer: UVK to approve, DK or UVK to deny.
    fn verified_decision(&self, phone: &Phone, compact: &str) -> Result<Signed, Refused> {
        let (dk, uvk) = (&phone.keys.dk, &phone.keys.uvk);
        let verified = open::<Decision>(compact, |kid| [uvk, dk].into_iter().find(|key| key.thumbprint() == kid))
            .map_err(|error| Refused::rejected(error.code()))?;
        let decision = &verified.message;
        let by_user = verified.kid == uvk.thumbprint();
        let checks = [
            (decision.decision == DecisionKind::Deny || by_user, "approval by the device key"),
            (decision.decision == DecisionKind::Deny || decision.reason.is_none(), "approval with a reason to deny"),
            (decision.iss == phone.id, "decision of another enrolment"),
            (decision.aud == self.parts.issuer, "decision for another issuer"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(Refused::rejected(reason)),
            None => {
                let signer = if by_user { &phone.row.uvk } else { &phone.row.dk };
                Ok(Signed { signer: signer.clone(), verified })
            }
        }
    }

    /// Judges a decision seen for the first time and keeps it with its receipt. Runs under the write lock.
    async fn receive(
        &self,
        db: &mut SqliteConnection,
        phone: &Phone,
        Signed { verified, signer }: &Signed,
        compact: &str,
    ) -> Result<String, Refused> {
        let decision = &verified.message;
        let request = requests::request(db, decision.txn.as_str()).await?;
        let request = request
            .filter(|request| request.enrolment == phone.id.as_str())
            .ok_or_else(|| Refused::rejected("decision on a request of another phone"))?;
        let asked = self.asked(&request)?;
        about(decision, &request, &asked, self.now())?;
        if requests::decisions_on(db, &request.txn).await?.len() >= MOST_DECISIONS {
            return Err(Refused::of(Code::TooMany, "decisions on one request"));
        }
        let ask = requests::ask(db, &request.ask).await?.ok_or(StoreError::Unreadable("request without an ask"))?;
        // The phone as it is now: it may have been removed while it called, or have another UVK.
        let mut phone = Phone::find(db, phone.id.as_str()).await?.ok_or(StoreError::Unreadable("enrolment"))?;
        if decision.decision == DecisionKind::Approve && verified.kid != phone.keys.uvk.thumbprint() {
            return Err(Refused::rejected("approval by a key that was replaced"));
        }
        let counts = self.number_counts(db, &mut phone, decision.number, &verified.digest).await?;
        let case = Case { phone: &phone, request: &request, asked: &asked, ask: &ask, decision };
        let outcome = if counts { self.judge(db, &case).await? } else { self.number_used(db, &case).await? };
        let receipt = self.receipt(db, &phone, verified.digest, Some((&decision.txn, decision.request_hash)), outcome);
        let receipt = self.sign(&receipt.await?)?;
        let row = DecisionRow {
            hash: verified.digest.to_string(),
            txn: request.txn,
            jws: compact.to_owned(),
            signer: signer.clone(),
            receipt: receipt.clone(),
            received: self.now(),
        };
        requests::insert_decision(db, &row).await?;
        Ok(receipt)
    }

    /// A receipt for that message; `about` is the request it decides.
    pub(super) async fn receipt(
        &self,
        db: &mut SqliteConnection,
        phone: &Phone,
        message_hash: Digest,
        about: Option<(&Txn, Digest)>,
        outcome: Outcome,
    ) -> Result<Receipt, Fault> {
        Ok(Receipt {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: self.parts.clock.now(),
            seq: phone::next_seq(db, &phone.id).await?,
            number: numbers::highest(db, &phone.id).await?,
            message_hash,
            txn: about.map(|(txn, _)| txn.clone()),
            request_hash: about.map(|(_, hash)| hash),
            outcome,
            status: phone.state,
        })
    }

    /// A receipt that was given before: its own bytes while phones are told of the key that signed it, then the same words
    /// by the key that signs now, or a phone that was away could never read it.
    pub(super) fn receipt_again(&self, stored: String) -> Result<String, Fault> {
        let (keys, now) = (self.parts.keys.device(), self.parts.clock.now());
        match open::<Receipt>(&stored, |kid| keys.published(now).find(|key| key.thumbprint() == kid)) {
            Ok(_) => Ok(stored),
            Err(JoseError::Kid) => Ok(open::<Receipt>(&stored, |kid| keys.find(kid))?.message.sign(keys.signing())?),
            Err(error) => Err(error.into()),
        }
    }

    /// The request as it was signed.
    fn asked(&self, request: &RequestRow) -> Result<Request, Fault> {
        // A key that has rolled since signed for as long as the request waits.
        let keys = self.parts.keys.device();
        Ok(open::<Request>(&request.jws, |kid| keys.find(kid))?.message)
    }

    /// What becomes of a verified decision, and everything that follows from it.
    async fn judge(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        match case.request.state.as_str() {
            "pending" => {}
            "expired" => return Ok(Outcome::Expired),
            "cancelled" => return Ok(Outcome::Cancelled),
            _ => return Ok(Outcome::AlreadyDecided),
        }
        if case.request.expires <= self.now() {
            requests::end_request(db, &case.request.txn, "expired", self.now()).await?;
            return Ok(Outcome::Expired);
        }
        match (case.phone.state, case.decision.decision) {
            // Denying does no harm, and may be the report of an attack: a suspended phone may (ADP/1 §9).
            (EnrolmentState::Active | EnrolmentState::Suspended, DecisionKind::Deny) => {
                return self.denied(db, case).await;
            }
            (EnrolmentState::Active, DecisionKind::Approve) => {}
            _ => return self.against_policy(db, case).await,
        }
        let ceremony = &case.decision.ceremony;
        if ceremony.shown_ms < self.parts.policy.min_shown_ms.into()
            || ceremony.call_active && self.parts.policy.calls == CallPolicy::Block
            || !as_asked(case.asked, case.decision, &self.parts.detail_types)
        {
            return self.against_policy(db, case).await;
        }
        // While an account rests no value is compared: what waited before must not give more tries (PSD2 RTS Art. 4(3)(b)).
        if case.ask.expected.is_some() && requests::guard(db, &case.ask.account).await?.cool_until > self.now() {
            return self.against_policy(db, case).await;
        }
        match (&case.ask.expected, &case.decision.binding) {
            (None, None) => self.approved(db, case).await,
            (Some(expected), Some(sent)) if binding::matches(&case.asked.binding, expected, sent) => {
                self.approved(db, case).await
            }
            (Some(_), _) => self.mismatched(db, case).await,
            (None, Some(_)) => self.against_policy(db, case).await,
        }
    }

    async fn approved(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        let ended = ApprovalRequestRow {
            state: "approved".to_owned(),
            acr: Some(Assurance::UV_SOFTWARE.to_owned()),
            amr: Some(Assurance::UV_SOFTWARE_AMR.to_owned()),
            auth_time: Some(self.now()),
            ..case.ask.clone()
        };
        self.end(db, case, "accepted", &ended).await?;
        let mut guard = requests::guard(db, &ended.account).await?;
        RequestPolicy::after_approval(&mut guard, ended.expected.is_some());
        requests::save_guard(db, &ended.account, &guard).await?;
        Ok(Outcome::Accepted)
    }

    async fn denied(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        let reason = case.decision.reason.unwrap_or(DenyReason::Other);
        let ended = ApprovalRequestRow {
            state: "denied".to_owned(),
            reason: Some(reason_text(reason).to_owned()),
            ..case.ask.clone()
        };
        self.end(db, case, "accepted", &ended).await?;
        if reason == DenyReason::NotMe {
            let mut guard = requests::guard(db, &ended.account).await?;
            self.parts.policy.after_not_me(&mut guard, self.now());
            requests::save_guard(db, &ended.account, &guard).await?;
        }
        Ok(Outcome::Accepted)
    }

    async fn mismatched(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        let ended = ApprovalRequestRow { state: "binding_mismatch".to_owned(), ..case.ask.clone() };
        self.end(db, case, "binding_mismatch", &ended).await?;
        let mut guard = requests::guard(db, &ended.account).await?;
        self.parts.policy.after_wrong_value(&mut guard, self.now());
        requests::save_guard(db, &ended.account, &guard).await?;
        Ok(Outcome::BindingMismatch)
    }

    /// Ends the request at this phone only; the ask ends with the last phone it waited at.
    async fn against_policy(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        requests::end_request(db, &case.request.txn, "policy", self.now()).await?;
        if !requests::waits_somewhere(db, &case.ask.id).await? {
            let ended = ApprovalRequestRow {
                state: "denied".to_owned(),
                reason: Some("policy".to_owned()),
                ..case.ask.clone()
            };
            requests::end_ask(db, &ended).await?;
        }
        Ok(Outcome::Policy)
    }

    /// A decision under a number of other bytes decides nothing. What it is about ends at this phone, which may be two.
    async fn number_used(&self, db: &mut SqliteConnection, case: &Case<'_>) -> Result<Outcome, Fault> {
        if case.request.state == "pending" && case.request.expires > self.now() {
            self.against_policy(db, case).await?;
        }
        Ok(Outcome::NumberUsed)
    }

    /// Ends the ask, this request of it, and the requests at the other phones.
    async fn end(
        &self,
        db: &mut SqliteConnection,
        case: &Case<'_>,
        state: &str,
        ended: &ApprovalRequestRow,
    ) -> Result<(), Fault> {
        let now = self.now();
        requests::end_request(db, &case.request.txn, state, now).await?;
        requests::end_requests_of_ask(db, &ended.id, "elsewhere", now).await?;
        if !requests::end_ask(db, ended).await? {
            return Err(StoreError::Unreadable("ask that ended while its request waits").into());
        }
        Ok(())
    }
}

/// The receipt that exactly these bytes of this phone already got.
async fn receipt_of(db: &mut SqliteConnection, phone: &Phone, digest: &Digest) -> Result<Option<String>, Fault> {
    let Some(known) = requests::decision(db, &digest.to_string()).await? else { return Ok(None) };
    let request = requests::request(db, &known.txn).await?;
    Ok(request.filter(|request| request.enrolment == phone.id.as_str()).map(|_| known.receipt))
}

/// Whether the decision is about exactly this request.
fn about(decision: &Decision, request: &RequestRow, asked: &Request, now: i64) -> Result<(), Refused> {
    let checks = [
        (decision.request_hash.to_string() == request.hash, "decision on other bytes"),
        (decision.nonce == asked.nonce, "decision with another nonce"),
        (decision.exp == asked.exp, "decision with another end"),
        (decision.iat.seconds() <= now + LEEWAY, "decision from the future"),
        (decision.iat.since(asked.iat) >= -LEEWAY, "decision from before its request"),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        Some((_, reason)) => Err(Refused::rejected(reason)),
        None => Ok(()),
    }
}

/// Whether an approval is of the display that this request gives, and repeats amount and payee of each payment in it.
/// The server draws the request itself: what cannot be approved on a phone cannot be approved here either.
fn as_asked(asked: &Request, decision: &Decision, types: &DetailTypes) -> bool {
    let display = review::display(asked, decision.ceremony.locale, types);
    display.approvable.is_ok()
        && decision.display_hash == Some(display.hash)
        && decision.payments.as_deref().unwrap_or_default() == display.payments
}

const fn reason_text(reason: DenyReason) -> &'static str {
    match reason {
        DenyReason::NotMe => "not_me",
        DenyReason::WrongDetails => "wrong_details",
        DenyReason::Unexpected => "unexpected",
        DenyReason::Other => "other",
    }
}
