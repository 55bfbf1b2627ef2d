//! The state that all parts share: the demo, the transcript, and repeated steps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::AuthenticatorError;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};

use super::report::{Check, Report};
use super::tap::Tap;
use crate::demo::person::PersonError;
use crate::demo::stage::{Stage, USER};
use crate::phone::{DecisionView, DetailsView, EnrolmentView, Screen};
use crate::rp::{Asked, Question, RpError, six_digits};
use crate::say::Voice;
use crate::shop::{Payment, details_of};

/// An authorization detail type that the phone cannot display.
pub(super) const UNKNOWN_DETAIL: &str = "door_opening";
/// The demo's payment.
pub(super) const AMOUNT: &str = "42.50";
pub(super) const PAYEE: &str = "ACME";
pub(super) const REFERENCE: &str = "Order 1001";
/// Seconds between two polls. A run does not wait: it shifts the server's clock.
pub(super) const POLL_INTERVAL: u32 = 10;
/// The longest wait for a message between server and phone.
const PATIENCE: Duration = Duration::from_secs(10);

/// One run.
pub(super) struct Run {
    pub(super) stage: Stage,
    pub(super) tap: Arc<Tap>,
    pub(super) report: Report,
    /// The enrolment of this run. A reused folder may hold others.
    pub(super) enrolment: Option<EnrolmentId>,
    voice: Voice,
}

/// The reason why a part cannot continue.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("phone: {0}")]
    Phone(#[from] AuthenticatorError),
    #[error("shop: {0}")]
    Shop(#[from] RpError),
    #[error("bank: {0}")]
    Bank(#[from] PersonError),
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Other(&'static str),
}

/// An authentication request, as the shop knows it.
pub(super) struct Sent {
    pub(super) asked: Asked,
    pub(super) code: String,
    /// The number of requests that the phone already had.
    known: Vec<Txn>,
}

impl Sent {
    /// Returns a code that differs from the right one.
    pub(super) fn wrong_code(&self) -> String {
        if self.code == "000000" { "000001".to_owned() } else { "000000".to_owned() }
    }
}

impl Run {
    pub(super) fn new(stage: Stage, tap: Arc<Tap>, voice: Voice) -> Self {
        Self { stage, tap, report: Report::default(), enrolment: None, voice }
    }

    /// Returns the state of this run's enrolment on the phone.
    pub(super) fn enrolled(&self) -> Result<EnrolmentView, Trouble> {
        let mut known = self.stage.phone.state().enrolments.into_iter();
        known.find(|known| Some(&known.id) == self.enrolment.as_ref()).ok_or(Trouble::Other("there is no enrolment"))
    }

    pub(super) fn heading(&self, text: &str) {
        self.voice.say(format!("\n{text}"));
    }

    /// Records and prints a check.
    pub(super) fn check(&mut self, name: &'static str, ok: bool) {
        self.check_with(name, ok, None::<&str>);
    }

    /// Records and prints a check with a detail.
    pub(super) fn check_with(&mut self, name: &'static str, ok: bool, detail: Option<impl Into<String>>) {
        let detail = detail.map(Into::into);
        let (tick, colour) = if ok { ("✓", "32") } else { ("✗", "31") };
        let tick = if self.voice.in_colour() { format!("\u{1b}[{colour}m{tick}\u{1b}[0m") } else { tick.to_owned() };
        let more = detail.as_ref().map_or_else(String::new, |detail| format!("  ({detail})"));
        self.voice.say(format!("  {tick} {name}{more}"));
        self.report.checks.push(Check { name, ok, detail });
    }

    /// Records that a part could not continue as a failed check.
    pub(super) fn end_of_act(&mut self, name: &'static str, result: Result<(), Trouble>) {
        if let Err(trouble) = result {
            self.check_with(name, false, Some(trouble.to_string()));
        }
    }

    pub(super) fn note(&self, text: impl AsRef<str>) {
        self.voice.say(format!("    {}", text.as_ref()));
    }

    /// Sends the shop's authentication request for a payment.
    pub(super) async fn ask_payment(&self) -> Result<Sent, Trouble> {
        let payment = Payment { amount: AMOUNT.into(), currency: "EUR".into(), payee: PAYEE.into() };
        self.ask(Question { details: Some(details_of(&payment, REFERENCE)), ..Question::default() }).await
    }

    /// Sends the shop's authentication request for a login with a refresh token.
    pub(super) async fn ask_login(&self) -> Result<Sent, Trouble> {
        self.ask(Question { offline: true, ..Question::default() }).await
    }

    /// Sends an authentication request with a fresh code.
    pub(super) async fn ask(&self, question: Question) -> Result<Sent, Trouble> {
        let code = six_digits()?;
        let known = self.stage.phone.requests().into_iter().map(|request| request.id).collect();
        let question = Question { user: USER.to_owned(), code: Some(code.clone()), ..question };
        Ok(Sent { asked: self.stage.party.ask(&question).await?, code, known })
    }

    /// Waits until the phone displays the request.
    pub(super) async fn arrival(&self, sent: &Sent) -> Result<DetailsView, Trouble> {
        let new = |phone: &crate::phone::Phone| {
            phone.requests().into_iter().map(|request| request.id).find(|txn| !sent.known.contains(txn))
        };
        let txn = self.stage.phone.wait_for(PATIENCE, new).await;
        let txn = txn.ok_or(Trouble::Other("the request did not reach the phone"))?;
        Ok(self.stage.phone.details(&txn, Locale::En)?)
    }

    /// Waits for a push that the switch discarded.
    pub(super) async fn lost_push(
        &self,
        before: Option<&BTreeMap<String, String>>,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let new = |phone: &crate::phone::Phone| phone.last_push().filter(|push| Some(push) != before);
        self.stage.phone.wait_for(PATIENCE, new).await.ok_or(Trouble::Other("no push came"))
    }

    /// Approves with every field drawn and the given code.
    pub(super) async fn approve(&self, txn: &Txn, code: &str) -> Result<DecisionView, AuthenticatorError> {
        let screen = Screen { shown_ms: 1500, ..Screen::default() };
        self.stage.phone.approve(txn, Some(code.to_owned()), Locale::En, screen).await
    }

    /// Polls once and returns the OAuth error, or `tokens`.
    pub(super) async fn poll(&self, sent: &Sent) -> String {
        match self.stage.party.poll(&sent.asked).await {
            Ok(_) => "tokens".to_owned(),
            Err(error) => error.code().map_or_else(|| error.to_string(), str::to_owned),
        }
    }

    /// Waits until the phone reaches a state.
    pub(super) async fn eventually(&self, wanted: impl Fn(&crate::phone::Phone) -> bool) -> bool {
        self.stage.phone.wait_for(PATIENCE, |phone| wanted(phone).then_some(())).await.is_some()
    }
}
