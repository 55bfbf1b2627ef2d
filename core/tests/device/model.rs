//! Compares the device with a simple model: for each request, whether it is pending, decided or
//! ended. The events are random, with lost connections, kills, restarts and hours that pass in
//! between.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bank::{Bank, BankFault};
use crate::fuse::once;
use crate::phone::Phone;
use crate::ticket;
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::jose::base64url;
use countersign_core::message::claims::{Timestamp, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::receipt::Outcome as Answered;
use countersign_core::message::request::Request;
use countersign_core::message::status::EnrolmentState;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Event {
    /// A new request by push.
    Push,
    /// A new request that only the inbox has.
    Ask,
    /// The push of a request again.
    PushAgain(usize),
    /// Another request with the `txn` of a request.
    PushForged(usize),
    Approve(usize),
    Deny(usize),
    /// Decides, and is killed after this number of boundaries.
    Killed(usize, bool, u64),
    Refresh,
    /// Rotates the DK and the EK, or all three keys.
    Rotate(bool),
    /// The failure of the next call.
    Trouble(bool),
    /// The bank withdraws a request. The next inbox says so.
    Cancel(usize),
    /// A pushed status.
    State(EnrolmentState),
    Restart,
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let which = 0_usize..8;
    prop_oneof![
        4 => Just(Event::Push),
        2 => Just(Event::Ask),
        1 => which.clone().prop_map(Event::PushAgain),
        1 => which.clone().prop_map(Event::PushForged),
        4 => which.clone().prop_map(Event::Approve),
        3 => which.clone().prop_map(Event::Deny),
        3 => (which.clone(), any::<bool>(), 0_u64..12).prop_map(|(at, yes, after)| Event::Killed(at, yes, after)),
        4 => Just(Event::Refresh),
        2 => any::<bool>().prop_map(Event::Rotate),
        3 => any::<bool>().prop_map(Event::Trouble),
        1 => which.prop_map(Event::Cancel),
        1 => Just(Event::State(EnrolmentState::Suspended)),
        2 => Just(Event::State(EnrolmentState::Active)),
        2 => Just(Event::Restart),
        2 => prop_oneof![1_u64..30, 100_u64..400].prop_map(Event::Pass),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Waits,
    Answered,
    Receipted,
    Expired,
    Cancelled,
}

impl Stands {
    fn of(state: &EntryState) -> Self {
        match state {
            EntryState::Pending => Self::Waits,
            EntryState::Queued(_) => Self::Answered,
            EntryState::Settled(_) => Self::Receipted,
            EntryState::Abandoned(_) => panic!("no decision is rejected here"),
            EntryState::Ended(ClosedState::Expired) => Self::Expired,
            EntryState::Ended(_) => Self::Cancelled,
        }
    }
}

/// The state of a request in the model.
struct Known {
    request: Request,
    jws: String,
    stands: Stands,
}

struct World {
    bank: Arc<Bank>,
    phone: Phone,
    device: Authenticator,
    /// The requests on the phone, in the order of arrival.
    known: Vec<Known>,
    /// The requests that only the inbox has.
    asked: Vec<Request>,
    cancelled: Vec<Txn>,
    active: bool,
    /// The next call fails.
    trouble: bool,
}

fn done<T>(future: impl Future<Output = T>) -> T {
    once(future).unwrap()
}

impl World {
    fn new() -> Self {
        let bank = Bank::new();
        let (phone, device) = done(Phone::enrolled(&bank));
        let (known, asked, cancelled) = (vec![], vec![], vec![]);
        Self { bank, phone, device, known, asked, cancelled, active: true, trouble: false }
    }

    fn now(&self) -> Timestamp {
        self.bank.now()
    }

    fn know(&mut self, request: Request, jws: String) {
        self.known.push(Known { request, jws, stands: Stands::Waits });
    }

    /// Returns the request with this number, if there is one.
    fn at(&self, number: usize) -> Option<usize> {
        (!self.known.is_empty()).then(|| number % self.known.len())
    }

    /// Applies the effects of time.
    fn age(&mut self) {
        let now = self.now();
        for known in &mut self.known {
            if known.stands == Stands::Waits && now > known.request.exp {
                known.stands = Stands::Expired;
            }
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Push => {
                let request = self.bank.payment();
                let jws = self.bank.sign(&request);
                match self.device.receive(&self.bank.push(&jws)) {
                    Ok(Received::Request(pending)) => assert_eq!(*pending.txn(), request.txn),
                    _ => panic!("a new request was not taken"),
                }
                self.know(request, jws);
            }
            Event::Ask => {
                let request = self.bank.payment();
                self.bank.kept.lock().unwrap().requests.push(self.bank.sign(&request));
                self.asked.push(request);
            }
            Event::PushAgain(number) => {
                let Some(at) = self.at(*number) else { return };
                let push = self.bank.push(&self.known[at].jws);
                let over = self.now() > self.known[at].request.exp;
                match self.device.receive(&push) {
                    Ok(Received::Duplicate(_)) => {}
                    // The key that the push was sealed to may have been replaced and deleted since.
                    Err(_) if over => {}
                    _ => panic!("the same request again is not the same"),
                }
            }
            Event::PushForged(number) => {
                let Some(at) = self.at(*number) else { return };
                let forged = Request { txn: self.known[at].request.txn.clone(), ..self.bank.payment() };
                assert!(self.device.receive(&self.bank.push(&self.bank.sign(&forged))).is_err());
            }
            Event::Approve(number) => self.answer(*number, true),
            Event::Deny(number) => self.answer(*number, false),
            Event::Killed(number, yes, after) => self.killed(*number, *yes, *after),
            Event::Refresh => self.refresh(),
            Event::Rotate(all) => self.rotate(*all),
            Event::Trouble(lose) => {
                self.bank.fail_next(if *lose { BankFault::LoseResponse } else { BankFault::Unreachable });
                self.trouble = true;
            }
            Event::Cancel(number) => {
                let Some(at) = self.at(*number) else { return };
                let txn = self.known[at].request.txn.clone();
                // A bank withdraws only requests without a decision.
                if self.receipts().contains_key(&txn) || self.cancelled.contains(&txn) {
                    return;
                }
                let closed = Closed { txn: txn.clone(), state: ClosedState::Cancelled };
                self.bank.kept.lock().unwrap().closed.push(closed);
                self.cancelled.push(txn);
            }
            Event::State(state) => {
                let push = self.bank.push(&self.bank.sign(&self.bank.status(*state)));
                assert!(matches!(self.device.receive(&push), Ok(Received::Status(_, now)) if now == *state));
                self.active = *state == EnrolmentState::Active;
            }
            Event::Restart => self.device = self.phone.start(),
            Event::Pass(seconds) => self.phone.pass(*seconds),
        }
    }

    fn rotate(&mut self, all: bool) {
        self.trouble = false;
        // The following events show the effects.
        let id = Bank::enrolment_id();
        let _ = if all { done(self.device.rotate_all_keys(&id)) } else { done(self.device.rotate_keys(&id)) };
        self.bank.kept.lock().unwrap().next = None;
        // Queued decisions are sent before the UVK is replaced.
        for known in self.known.iter_mut().filter(|known| all && known.stands == Stands::Answered) {
            known.stands = Stands::of(&crate::state_of(&self.device, &known.request.txn));
            assert!(matches!(known.stands, Stands::Answered | Stands::Receipted), "became {:?}", known.stands);
        }
    }

    /// Returns whether the model allows this decision on this request.
    fn can(&mut self, at: usize, yes: bool) -> bool {
        self.age();
        self.known[at].stands == Stands::Waits && (self.active || !yes)
    }

    fn answer(&mut self, number: usize, yes: bool) {
        let Some(at) = self.at(number) else { return };
        let can = self.can(at, yes);
        let given = given(&self.device, &self.known[at].request.txn, yes);
        let trouble = self.trouble;
        match done(given) {
            Ok(Outcome::Confirmed) if can && !trouble => self.known[at].stands = Stands::Receipted,
            Ok(Outcome::Queued) if can && trouble => {
                self.known[at].stands = Stands::Answered;
                self.trouble = false;
            }
            // Another UVK waits for its receipt, and the current one is not known.
            Err(AuthenticatorError::RotationConflict) if yes && trouble => self.trouble = false,
            Err(_) if !can => {}
            other => panic!("{other:?}, though can: {can}, trouble: {trouble}"),
        }
    }

    fn killed(&mut self, number: usize, yes: bool, after: u64) {
        let Some(at) = self.at(number) else { return };
        let can = self.can(at, yes);
        let txn = self.known[at].request.txn.clone();
        self.phone.fuse.after(after);
        let _ = once(given(&self.device, &txn, yes));
        self.phone.fuse.never();
        self.bank.kept.lock().unwrap().next = None;
        self.trouble = false;
        self.device = self.phone.start();
        let stands = Stands::of(&crate::state_of(&self.device, &txn));
        if can {
            assert!(matches!(stands, Stands::Waits | Stands::Answered | Stands::Receipted), "{stands:?}");
            assert!(stands != Stands::Waits || !self.receipts().contains_key(&txn), "given and forgotten");
            self.known[at].stands = stands;
        }
    }

    fn refresh(&mut self) {
        self.age();
        let refreshed = done(self.device.refresh()).unwrap();
        self.bank.kept.lock().unwrap().next = None;
        if std::mem::take(&mut self.trouble) {
            assert!(!refreshed.failed.is_empty());
            // One call failed, and the model does not know which. The messages that were sent may
            // or may not have been processed.
            for known in &mut self.known {
                let stands = Stands::of(&crate::state_of(&self.device, &known.request.txn));
                let taken_back = self.cancelled.contains(&known.request.txn) && stands == Stands::Cancelled;
                let allowed = known.stands == Stands::Answered && stands == Stands::Receipted
                    || known.stands == Stands::Waits && taken_back;
                assert!(stands == known.stands || allowed, "{:?} became {stands:?}", known.stands);
                known.stands = stands;
            }
            for request in self.asked.extract_if(.., |request| refreshed.new.contains(&request.txn)) {
                let jws = self.bank.sign(&request);
                self.known.push(Known { request, jws, stands: Stands::Waits });
            }
            return;
        }
        for known in &mut self.known {
            match known.stands {
                Stands::Answered => known.stands = Stands::Receipted,
                Stands::Waits if self.cancelled.contains(&known.request.txn) => known.stands = Stands::Cancelled,
                _ => {}
            }
        }
        let now = self.now();
        for request in std::mem::take(&mut self.asked) {
            // Requests that expired in the inbox do not arrive.
            if now <= request.exp {
                assert!(refreshed.new.contains(&request.txn), "a request of the inbox did not come");
                let jws = self.kept_jws(&request.txn);
                self.know(request, jws);
            }
        }
    }

    fn kept_jws(&self, txn: &Txn) -> String {
        self.device.requests().into_iter().find(|(_, entry)| entry.request.txn == *txn).unwrap().1.jws
    }

    /// Returns the number of different decisions that the bank accepted for each request.
    fn receipts(&self) -> HashMap<Txn, usize> {
        let mut taken = HashMap::new();
        for receipt in self.bank.kept.lock().unwrap().receipts.values() {
            let claims = claims(receipt);
            if let (Some(txn), Some("accepted")) = (claims["txn"].as_str(), claims["outcome"].as_str()) {
                *taken.entry(txn.parse().unwrap()).or_insert(0) += 1;
            }
        }
        taken
    }

    /// Returns the highest number of the decisions on the phone. No other message has a number
    /// here.
    fn number(&self) -> u64 {
        let answers = self.device.requests().into_iter().filter_map(|(_, entry)| match entry.state {
            EntryState::Queued(decision) => Some(decision),
            EntryState::Settled(settled) => Some(settled.decision),
            _ => None,
        });
        answers.map(|answer| claims(&answer.jws)["number"].as_u64().unwrap()).max().unwrap_or(0)
    }

    /// Restores an older copy of the state, while the bank knows the messages sent since. The next
    /// receipt or inbox tells the phone, and a repeated decision does not count again.
    fn put_back(mut self, copy: Vec<u8>, answers: bool) {
        self.bank.kept.lock().unwrap().next = None;
        *self.phone.state.bytes.lock().unwrap() = Some(copy);
        self.device = self.phone.start();
        let highest = self.bank.kept.lock().unwrap().numbers.keys().max().copied().unwrap_or(0);
        let behind = highest > self.number();
        let restored = |world: &Self| world.device.enrolments()[0].rollback_detected_at.is_some();
        assert!(!restored(&self), "nobody has said so yet");
        if let Some(pending) = self.device.pending().into_iter().find(|_| answers) {
            assert!(!matches!(done(pending.deny(DenyReason::Unexpected)), Err(_) | Ok(Outcome::Queued)));
            assert_eq!(restored(&self), behind, "at the receipt");
        }
        assert_eq!(done(self.device.refresh()).unwrap().failed, []);
        assert_eq!(restored(&self), behind, "at the inbox");
        for pending in self.device.pending() {
            let again = done(pending.deny(DenyReason::Unexpected));
            assert!(matches!(again, Ok(Outcome::Confirmed | Outcome::Failed(Answered::AlreadyDecided))), "{again:?}");
        }
        assert!(self.receipts().values().all(|taken| *taken == 1), "two answers to one request");
    }

    /// Asserts that device and model agree.
    fn check(&mut self) {
        self.age();
        let actual: HashMap<Txn, Stands> = self
            .device
            .requests()
            .iter()
            .map(|(_, entry)| (entry.request.txn.clone(), Stands::of(&entry.state)))
            .collect();
        assert_eq!(actual.len(), self.known.len());
        for known in &self.known {
            assert_eq!(actual[&known.request.txn], known.stands);
        }
        let waiting = self.known.iter().filter(|known| known.stands == Stands::Waits).count();
        assert_eq!(self.device.pending().len(), waiting);
        let receipts = self.receipts();
        assert!(receipts.values().all(|taken| *taken == 1), "two answers to one request");
        for known in self.known.iter().filter(|known| known.stands == Stands::Receipted) {
            assert!(receipts.contains_key(&known.request.txn), "a receipt out of thin air");
        }
    }

    /// Asserts that with a connection every decision is delivered and has evidence.
    fn settle(&mut self) {
        self.bank.kept.lock().unwrap().next = None;
        self.trouble = false;
        self.refresh();
        self.check();
        assert!(self.known.iter().all(|known| known.stands != Stands::Answered));
        if let Some(evidence) = self.device.evidence_of(&Bank::enrolment_id()).unwrap() {
            let answered = self.known.iter().filter(|known| known.stands == Stands::Receipted).count();
            assert_eq!(evidence.verify(&DetailTypes::default()).unwrap().records().count(), answered);
        }
    }
}

fn claims(jws: &str) -> serde_json::Value {
    serde_json::from_slice(&base64url::decode(jws.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn given(device: &Authenticator, txn: &Txn, yes: bool) -> Result<Outcome, AuthenticatorError> {
    if yes {
        ticket(device, txn)?.approve(Some("123456".into())).await
    } else {
        device.deny(txn, DenyReason::Unexpected).await
    }
}

/// Returns `PROPTEST_CASES`, or a number that every test run has time for.
fn sequences() -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 96 }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: sequences(),
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn device_matches_the_model_after_random_events(events in prop::collection::vec(event(), 1..40)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event);
            world.check();
        }
        world.settle();
    }

    #[test]
    fn rollback_is_detected_and_no_decision_counts_twice(
        events in prop::collection::vec(event(), 1..40), at in any::<prop::sample::Index>(), answers in any::<bool>(),
    ) {
        // A restored state does not restore deleted keys.
        let events: Vec<Event> = events.into_iter().filter(|event| !matches!(event, Event::Rotate(_))).collect();
        let at = at.index(events.len() + 1);
        let mut world = World::new();
        for event in &events[..at] {
            world.happen(event);
            world.check();
        }
        let copy = world.phone.state.bytes.lock().unwrap().clone().unwrap();
        for event in &events[at..] {
            world.happen(event);
            world.check();
        }
        world.put_back(copy, answers);
    }
}
