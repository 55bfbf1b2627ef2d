//! A phone and the responses of its server. Each line of the input is an action of the app or the
//! next response.
//!
//! | line | meaning |
//! |---|---|
//! | `E` `R` `U` `N` | enrol, refresh, unenrol, change the push address |
//! | `K` `V` | rotate DK and EK, rotate all keys |
//! | `P{…}` `S{…}` | a push of a payment or a status with these members |
//! | `W…` `X…` | a wake push, a push of any text |
//! | `Q{…}` | a push of a payment to the second enrolment |
//! | `C{…}` `F…` | a request scanned from a screen, a request fetched by its id |
//! | `A…` `D` | approve the first pending request with this value, deny it |
//! | `T…` `B` | let seconds pass, restart the process |
//! | `>200m{…}` | the next response: a status, a kind and members |
//!
//! The kinds are `m`etadata, `c`hallenge, `e`nrolled, `i`nbox, `I`nbox with a request, `r`eceipt,
//! `q` for a request, and `n` for any body with a DPoP nonce. Other kinds return the rest of the
//! line unchanged.

use std::sync::atomic::Ordering;

use countersign_core::device::seal;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, Outcome};
use futures_util::FutureExt as _;

use crate::bank::{self, Bank, Response};
use crate::keys::{STATE_SEALING_KEY, keys};
use crate::platform::TestPlatform;
use crate::state::device;

/// The maximum number of lines of an input.
const MAX_LINES: usize = 40;

/// Runs a script.
pub fn run(input: &[u8]) {
    let _ = run_script(input);
}

/// Runs a script and returns the outcomes of the user's decisions and the number of enrolments at
/// the end.
#[must_use]
pub fn run_script(input: &[u8]) -> (Vec<Outcome>, usize) {
    let text = String::from_utf8_lossy(input);
    let platform = TestPlatform::with_state(bank::sealed_state());
    let mut phone = Phone { device: device(&platform), platform, known: Vec::new(), outcomes: Vec::new() };
    phone.check_invariants();
    for line in text.split('\n').take(MAX_LINES) {
        phone.run_line(line);
        phone.check_invariants();
    }
    let before = phone.device.enrolments();
    phone.device = device(&phone.platform);
    assert_eq!(phone.device.enrolments(), before, "saved state differs from the reported state");
    (phone.outcomes, before.len())
}

/// Returns the evidence file of the decisions in a script.
#[must_use]
pub fn evidence_of(script: &str) -> Vec<u8> {
    let platform = TestPlatform::with_state(bank::sealed_state());
    let mut phone = Phone { device: device(&platform), platform, known: Vec::new(), outcomes: Vec::new() };
    script.split('\n').for_each(|line| phone.run_line(line));
    let evidence = phone.device.evidence_of(&bank::first_enrolment().id).unwrap_or_else(|error| panic!("{error}"));
    serde_json::to_vec(&evidence.unwrap_or_else(|| panic!("no decision"))).unwrap()
}

struct Phone {
    device: Authenticator,
    platform: TestPlatform,
    /// All enrolments so far.
    known: Vec<EnrolmentId>,
    outcomes: Vec<Outcome>,
}

/// Polls a future that must not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap_or_else(|| panic!("a future waits"))
}

impl Phone {
    fn bank(&self) -> &Bank {
        &self.platform.transport.bank
    }

    fn run_line(&mut self, line: &str) {
        let Some(first) = line.chars().next() else { return };
        let rest = &line[first.len_utf8()..];
        let first_id: EnrolmentId = "enrolment-1".parse().unwrap();
        let address = PushAddress { kind: PushKind::None, token: None };
        match first {
            '>' => self.add_response(rest),
            'E' => drop(now(self.device.enrol(offer(), address))),
            'R' => drop(now(self.device.refresh())),
            'K' => drop(now(self.device.rotate_keys(&first_id))),
            'V' => drop(now(self.device.rotate_all_keys(&first_id))),
            'U' => drop(now(self.device.unenrol(&first_id))),
            'N' => drop(now(self.device.update_push_address(&first_id, address))),
            'P' => self.push(&self.bank().request(rest), false),
            'S' => self.push(&self.bank().status(rest), false),
            'Q' => self.push(&self.bank().request(rest), true),
            'X' => self.push(rest, false),
            'W' => {
                if let Ok(txn) = rest.parse() {
                    let push = Push { handle: "handle-1".parse().unwrap(), content: PushContent::Wake(txn) };
                    let _ = self.device.receive(&push.to_map());
                }
            }
            'C' => drop(self.device.receive_scanned(&self.bank().request(rest))),
            'F' => {
                if let Ok(txn) = rest.parse::<Txn>() {
                    let _ = now(self.device.fetch(&first_id, &txn));
                }
            }
            'A' => self.approve(rest),
            'D' => {
                if let Some(pending) = self.device.pending().into_iter().next() {
                    self.outcomes.extend(now(pending.deny(DenyReason::NotMe)));
                }
            }
            'T' => {
                let seconds = rest.parse().unwrap_or(1).min(1_000_000);
                self.platform.clock.0.fetch_add(seconds, Ordering::SeqCst);
                self.bank().passed.fetch_add(seconds, Ordering::SeqCst);
            }
            'B' => self.device = device(&self.platform),
            _ => {}
        }
    }

    fn add_response(&self, line: &str) {
        let Some((status, rest)) = line.split_at_checked(3) else { return };
        let (Ok(status), Some(kind)) = (status.parse(), rest.bytes().next()) else { return };
        let members = rest.get(1..).unwrap_or_default().to_owned();
        self.platform.transport.responses.lock().unwrap().push_back(Response { status, kind, members });
    }

    fn push(&self, text: &str, second: bool) {
        let handle = if second { "handle-2" } else { "handle-1" }.parse().unwrap();
        let push = Push { handle, content: PushContent::Sealed(self.bank().sealed(text, second)) };
        let _ = self.device.receive(&push.to_map());
    }

    /// Approves the first pending request after a complete render report.
    fn approve(&mut self, value: &str) {
        let Some(pending) = self.device.pending().into_iter().next() else { return };
        let Ok(review) = pending.review(Locale::En) else { return };
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let approvable = review.approvable();
        let report = RenderReport { drawn, shown_ms: 60_000, obscured: false, shared: false, call_active: false };
        let Ok(ticket) = review.rendered(&report) else { return };
        assert_eq!(approvable, Ok(()), "ticket for a request that cannot be approved");
        let value = (!value.is_empty()).then(|| value.to_owned());
        self.outcomes.extend(now(ticket.approve(value)));
    }

    /// Checks the properties that hold after every line.
    fn check_invariants(&mut self) {
        let saved = self.platform.state.0.lock().unwrap().clone().unwrap();
        let saved = seal::open(&saved, &STATE_SEALING_KEY).unwrap_or_else(|error| panic!("saved state: {error}"));
        for id in &self.known {
            assert!(saved.enrolment(id).is_ok(), "{id} lost");
        }
        let kept = self.platform.keys.kept.lock().unwrap();
        for enrolment in &saved.enrolments {
            if enrolment.state == EnrolmentState::Revoked {
                assert!(self.bank().signed_revoked.load(Ordering::SeqCst), "revoked without a signed message");
                continue;
            }
            for handle in enrolment.keys.handles() {
                assert!(kept.contains_key(&handle.0), "key {handle:?} of {} deleted", enrolment.id);
                assert!(
                    !saved.keys_to_delete.contains(&handle) && !saved.pending_keys.contains(&handle),
                    "{handle:?} is marked for deletion"
                );
            }
        }
        drop(kept);
        let confirmed = self.outcomes.contains(&Outcome::Confirmed);
        assert!(!confirmed || self.bank().signed_accepted.load(Ordering::SeqCst), "confirmed without a receipt");
        self.known = saved.enrolments.iter().map(|enrolment| enrolment.id.clone()).collect();
    }
}

fn offer() -> Offer {
    Offer {
        issuer: bank::ISSUER.parse().unwrap(),
        id: "offer-1".parse().unwrap(),
        code: OfferCode::try_from("AAECAwQFBgcICQoLDA0ODw".to_owned()).unwrap_or_else(|_| panic!("not a code")),
        pins: vec![keys().server.public().thumbprint()],
    }
}
