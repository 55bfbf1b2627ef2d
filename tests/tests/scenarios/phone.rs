//! The phone under test, and the steps that `tests/scenarios.md` defines.

use countersign_core::authenticator::{PendingRequest, Received, Refreshed, Review, Ticket};
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::offer::Offer;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, EnrolmentInfo, Outcome};
use serde_json::json;

use super::bank::{Asked, Bank, USER};
use super::data::{Data, Push};
use super::names::{code, outcome};
use super::parts::Parts;

/// A phone with one enrolment.
pub(crate) struct Phone<'a> {
    pub(crate) device: Authenticator,
    pub(crate) parts: Parts,
    pub(crate) bank: &'a Bank,
    pub(crate) data: Data,
    pub(crate) enrolment: EnrolmentId,
    /// The push token.
    pub(crate) token: String,
}

/// A request that arrived by push.
pub(crate) struct Rung<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) push: Push,
    pub(crate) request: PendingRequest,
    pub(crate) txn: Txn,
}

impl<'a> Phone<'a> {
    /// Enrols a new phone for this scenario.
    pub(crate) async fn fresh(bank: &'a Bank, scenario: &str) -> Self {
        Self::fresh_of(bank, scenario, Parts::default()).await
    }

    /// Enrols a new phone with these parts.
    pub(crate) async fn fresh_of(bank: &'a Bank, scenario: &str, parts: Parts) -> Self {
        let device = parts.open();
        let enrolment = join(&device, bank, scenario).await;
        Self { device, parts, bank, data: Data::of(scenario), enrolment, token: scenario.to_owned() }
    }

    /// Drops the phone and opens it again with the same parts.
    pub(crate) fn reopened(self) -> Self {
        let Self { device, parts, bank, data, enrolment, token } = self;
        drop(device);
        Self { device: parts.open(), parts, bank, data, enrolment, token }
    }

    pub(crate) fn expect(&self, name: &str) -> &str {
        self.data.expect(name)
    }

    pub(crate) async fn ask(&self) -> Asked<'a> {
        self.bank.ask(&self.data.approval_request).await
    }

    /// Returns the only push that was sent.
    pub(crate) async fn push(&self) -> Push {
        the_push(self.bank, &self.token).await
    }

    /// Creates an approval request and receives its push.
    pub(crate) async fn receive(&self) -> Rung<'a> {
        let asked = self.ask().await;
        let push = self.push().await;
        let request = self.new_request(&push);
        Rung { txn: request.txn().clone(), asked, push, request }
    }

    pub(crate) fn new_request(&self, push: &Push) -> PendingRequest {
        match self.device.receive(push) {
            Ok(Received::Request(request)) => request,
            other => panic!("received {} instead of a request", received(&other)),
        }
    }

    /// Asserts that the push is rejected.
    pub(crate) fn rejects(&self, push: &Push) {
        assert_eq!(received(&self.device.receive(push)), "rejected");
    }

    /// Asserts that the push is a duplicate.
    pub(crate) fn knows(&self, push: &Push, txn: &Txn) {
        assert_eq!(received(&self.device.receive(push)), format!("duplicate {txn}"));
    }

    /// Opens a review and checks its fields.
    pub(crate) fn look(&self, txn: &Txn) -> Result<Review, AuthenticatorError> {
        let review = self.device.request(txn)?.review(Locale::En)?;
        let shown: Vec<(String, String)> =
            review.fields().iter().map(|field| (field.id.to_string(), field.value.clone())).collect();
        let wanted: Vec<(String, String)> = self
            .data
            .fields
            .iter()
            .zip(&shown)
            .map(|(field, (_, value))| (field.id.clone(), field.value.as_ref().unwrap_or(value).clone()))
            .collect();
        assert_eq!((shown.len(), &shown), (self.data.fields.len(), &wanted));
        Ok(review)
    }

    /// Returns a ticket with every field drawn.
    pub(crate) fn draw(&self, txn: &Txn) -> Result<Ticket, AuthenticatorError> {
        let review = self.look(txn)?;
        let report = report(&review);
        review.rendered(&report)
    }

    /// Approves with the typed value of the scenario's data.
    pub(crate) async fn approve(&self, txn: &Txn) -> Result<Outcome, AuthenticatorError> {
        self.draw(txn)?.approve(self.data.typed.clone()).await
    }

    /// Approves and checks the result on the phone.
    pub(crate) async fn approves(&self, txn: &Txn) {
        assert_eq!(self.approve(txn).await.map(outcome).map_err(|error| code(&error)), Ok(self.expected("result")));
    }

    /// Approves and checks the result on the phone and on the server.
    pub(crate) async fn approves_for(&self, asked: &Asked<'_>, txn: &Txn) {
        self.approves(txn).await;
        asked.is(self.expect("outcome")).await;
    }

    /// Refreshes and asserts that nothing is new and nothing failed.
    pub(crate) async fn refreshes_nothing(&self) {
        assert_eq!(self.refresh().await, Refreshed::default());
    }

    /// Refreshes and returns the only new request.
    pub(crate) async fn refreshes_one(&self) -> Txn {
        let Refreshed { new, failed } = self.refresh().await;
        assert_eq!((failed.len(), new.len()), (0, 1), "{failed:?} {new:?}");
        new.into_iter().next().unwrap()
    }

    pub(crate) async fn refresh(&self) -> Refreshed {
        self.device.refresh().await.unwrap()
    }

    /// Returns the pending requests.
    pub(crate) fn pending(&self) -> Vec<Txn> {
        self.device.pending().iter().map(|request| request.txn().clone()).collect()
    }

    /// Asserts that only this request is pending.
    pub(crate) fn waits(&self, txn: &Txn) {
        assert_eq!(self.pending(), std::slice::from_ref(txn));
    }

    /// Returns the error for a request that has ended.
    pub(crate) fn gone(&self, txn: &Txn) -> String {
        self.device.request(txn).err().map_or_else(|| "it is there".to_owned(), |error| code(&error))
    }

    pub(crate) fn info(&self) -> EnrolmentInfo {
        self.device.enrolments().into_iter().find(|info| info.id == self.enrolment).unwrap()
    }

    /// Advances the clocks of server and phone.
    pub(crate) async fn time_passes(&self) {
        let seconds = self.data.shift_seconds;
        self.bank.control("/clock", json!({ "shift_seconds": seconds })).await;
        self.parts.clock.pass(seconds);
    }

    /// Asserts that the history contains exactly one decision, which was accepted.
    pub(crate) fn answered(&self, txn: &Txn, answer: DecisionKind, reason: Option<DenyReason>) {
        let history = self.device.history(&self.enrolment).unwrap();
        let [entry] = &history[..] else { panic!("{} answers are kept", history.len()) };
        assert_eq!((&entry.txn, entry.client.as_str()), (txn, "ACME Shop"));
        assert_eq!((entry.decision, entry.reason, entry.outcome), (answer, reason, Some(receipt::Outcome::Accepted)));
    }

    pub(crate) fn expected(&self, name: &str) -> String {
        self.expect(name).to_owned()
    }
}

/// Enrols with a server, up to the push that the enrolment is active.
pub(crate) async fn join(device: &Authenticator, bank: &Bank, token: &str) -> EnrolmentId {
    bank.forget_phones().await;
    let (offer, link) = offer(device, bank).await;
    let begun = begin(device, link, token).await.unwrap_or_else(|error| panic!("enrol: {error}"));
    assert_eq!(begun.state, EnrolmentState::Pending);
    confirm(device, bank, &offer, &begun, token).await;
    begun.id
}

/// Creates an offer and returns its id and link.
pub(crate) async fn offer(device: &Authenticator, bank: &Bank) -> (String, Offer) {
    let answer = bank.control("/offer", json!({ "account": USER })).await;
    let link = device.parse_offer(answer["link"].as_str().unwrap()).unwrap();
    (answer["offer"].as_str().unwrap().to_owned(), link)
}

pub(crate) async fn begin(
    device: &Authenticator,
    offer: Offer,
    token: &str,
) -> Result<EnrolmentInfo, AuthenticatorError> {
    device.enrol(offer, PushAddress { kind: PushKind::Fcm, token: Some(token.to_owned()) }).await
}

/// Submits the confirmation code. The phone learns the new state by push.
pub(crate) async fn confirm(device: &Authenticator, bank: &Bank, offer: &str, begun: &EnrolmentInfo, token: &str) {
    let code = begun.confirm_code.as_ref().expect("a confirmation code");
    let confirmed = bank.control("/confirm", json!({ "offer": offer, "code": code })).await;
    assert_eq!(confirmed["state"], "active");
    let push = the_push(bank, token).await;
    assert_eq!(received(&device.receive(&push)), format!("status {} active", begun.id));
}

async fn the_push(bank: &Bank, token: &str) -> Push {
    let mut pushes = bank.pushes(token).await;
    assert_eq!(pushes.len(), 1);
    pushes.remove(0)
}

/// Returns a report with every field drawn for one second.
pub(crate) fn report(review: &Review) -> RenderReport {
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: false }
}

/// Describes what a push contained.
pub(crate) fn received(received: &Result<Received, AuthenticatorError>) -> String {
    match received {
        Ok(Received::Request(request)) => format!("request {}", request.txn()),
        Ok(Received::Duplicate(txn)) => format!("duplicate {txn}"),
        Ok(Received::Fetch(enrolment, txn)) => format!("fetch {enrolment} {txn}"),
        Ok(Received::Status(enrolment, state)) => format!("status {enrolment} {}", state.as_str()),
        Err(error) => code(error),
    }
}
