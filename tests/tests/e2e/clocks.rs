//! The clock matrix: the clock of the server, of the phone, or of both is wrong by a minute to
//! thousands of years, and steps at each moment of a flow.
//!
//! Each cell asserts three things. The decision counts, or its end is visible with a reason. When
//! the clock is right again, a new request is approved and the keys can be rotated. No record of
//! the server was deleted.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use countersign_core::device::EntryState;
use countersign_core::message::claims::{Locale, Timestamp, Txn};
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::receipt;
use countersign_core::message::request::Client;
use countersign_core::platform::{ClockError, ClockReading};
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Platform};
use countersign_server::gateway::{self, ApprovalRequestId, Confirmed, NewApprovalRequest, RequestedBinding};
use countersign_server::security_log::Destination;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};

use super::bank::{CODE, USER};
use super::phone::{Delivery, UserVerification, Wire, config, platform};

const START_SECS: i64 = 1_800_000_000;
const DAY_SECS: i64 = 24 * 3_600;
const YEAR_SECS: i64 = 365 * DAY_SECS;

/// The differences from the right time, in seconds. The last ones are 1970 and the year 9999.
const OFFSETS: [i64; 10] =
    [60, -60, 3_600, -3_600, DAY_SECS, -DAY_SECS, YEAR_SECS, -YEAR_SECS, -START_SECS, 253_402_300_799 - START_SECS];

/// The moment at which the clock steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Enrol,
    Display,
    Approve,
    Send,
    Receipt,
    Rotation,
    Sweep,
}

const MOMENTS: [Moment; 7] =
    [Moment::Enrol, Moment::Display, Moment::Approve, Moment::Send, Moment::Receipt, Moment::Rotation, Moment::Sweep];

/// Whose clock steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Server,
    Phone,
    Both,
}

/// The result of a decision in a cell.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The decision counts on both sides.
    Counts,
    /// It ended visibly. The text is the reason.
    Ended(String),
}

/// The clock of the phone. A step restarts it: otherwise its wall clock has no effect.
#[derive(Default)]
struct PhoneClock {
    monotonic_ms: AtomicU64,
    wall: AtomicI64,
    boots: AtomicU64,
}

impl countersign_core::platform::Clock for PhoneClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        Ok(ClockReading {
            monotonic_ms: self.monotonic_ms.load(Ordering::SeqCst),
            boot_id: format!("boot {}", self.boots.load(Ordering::SeqCst)),
            wall: Timestamp::from_seconds(self.wall.load(Ordering::SeqCst)),
        })
    }
}

/// A server and its clock, for all cells of one row.
struct Bank {
    server: RunningServer,
    clock: Clock,
    /// The seconds that passed since the start.
    passed: AtomicI64,
    _folder: tempfile::TempDir,
}

impl Bank {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::take(&folder.path().join("server")).unwrap();
        let mut config = Config::developer(&data).unwrap().config;
        config.security_log = Destination::Off;
        config.listen = "127.0.0.1:0".parse().unwrap();
        config.issuer = format!("http://{}", config.listen);
        config.policy.account_requests_per_minute = 10_000;
        config.policy.client_requests_per_minute = 10_000;
        config.policy.client_account_requests_per_minute = 10_000;
        let clock = Clock::fixed(Timestamp::from_seconds(START_SECS));
        let server = Server::start(config, data, clock.clone()).await.unwrap();
        Self { server, clock, passed: AtomicI64::new(0), _folder: folder }
    }

    async fn ask(&self) -> ApprovalRequestId {
        let request = NewApprovalRequest {
            user: USER.into(),
            client: Client { id: "shop".into(), name: "ACME Shop".into() },
            scope: Some("openid".into()),
            binding: RequestedBinding::Entry(CODE.into()),
            details: Vec::new(),
            context: None,
            lifetime: std::time::Duration::from_secs(300),
        };
        self.server.gateway().request_approval(request).await.unwrap()
    }

    async fn outcome(&self, id: &ApprovalRequestId) -> gateway::Outcome {
        self.server.gateway().outcome(id).await.unwrap().expect("no record is deleted")
    }
}

/// The phone of one cell.
struct Phone {
    device: Authenticator,
    wire: Arc<Wire>,
    clock: Arc<PhoneClock>,
}

impl Phone {
    fn open(folder: &Path, now: i64) -> Self {
        let (wire, clock) = (Arc::new(Wire::default()), Arc::new(PhoneClock::default()));
        clock.wall.store(now, Ordering::SeqCst);
        let parts = platform(folder, Arc::new(UserVerification::default()), wire.clone());
        let device = Authenticator::open(config(), Platform { clock: clock.clone(), ..parts }).unwrap();
        Self { device, wire, clock }
    }

    async fn enrol(&self, bank: &Bank) -> Result<(), AuthenticatorError> {
        let offer = bank.server.gateway().offer(USER, "Alice").await.unwrap();
        let push = PushAddress { kind: PushKind::None, token: None };
        let enrolled = self.device.enrol(self.device.parse_offer(&offer.uri)?, push).await?;
        let code = enrolled.confirm_code.unwrap();
        assert_eq!(bank.server.gateway().confirm(USER, &offer.id, &code).await.unwrap(), Confirmed::Active);
        self.device.refresh().await?;
        Ok(())
    }

    async fn approve(&self, txn: &Txn) -> Result<Outcome, AuthenticatorError> {
        let review = self.device.request(txn)?.review(Locale::En)?;
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let report = RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: false };
        review.rendered(&report)?.approve(Some(CODE.to_owned())).await
    }

    fn pending(&self) -> Option<Txn> {
        self.device.pending().last().map(|request| request.txn().clone())
    }

    fn entry(&self, txn: &Txn) -> EntryState {
        let entries = self.device.requests();
        entries.into_iter().find(|(_, entry)| entry.request.txn == *txn).expect("the request is kept").1.state
    }
}

/// One cell of the matrix.
struct Cell<'a> {
    bank: &'a Bank,
    phone: Phone,
    owner: Owner,
    offset: i64,
    moment: Moment,
}

impl Cell<'_> {
    fn right_time(&self) -> i64 {
        START_SECS + self.bank.passed.load(Ordering::SeqCst)
    }

    fn pass(&self, seconds: i64) {
        self.bank.passed.fetch_add(seconds, Ordering::SeqCst);
        self.bank.clock.shift(seconds);
        self.phone.clock.monotonic_ms.fetch_add(seconds.unsigned_abs() * 1_000, Ordering::SeqCst);
        self.phone.clock.wall.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Steps the clock if this is the moment of the cell.
    fn at(&self, moment: Moment) {
        self.pass(1);
        if moment == self.moment {
            self.set(self.offset);
        }
    }

    /// Sets the clock to the right time and this offset.
    fn set(&self, offset: i64) {
        if self.owner != Owner::Phone {
            self.bank.clock.set_shift(self.bank.passed.load(Ordering::SeqCst) + offset);
        }
        if self.owner != Owner::Server {
            self.phone.clock.boots.fetch_add(1, Ordering::SeqCst);
            self.phone.clock.monotonic_ms.store(0, Ordering::SeqCst);
            self.phone.clock.wall.store(self.right_time() + offset, Ordering::SeqCst);
        }
    }

    /// Makes a request and a decision, with the step. Returns them if the request was shown.
    async fn decide(&self) -> Result<(ApprovalRequestId, Option<Txn>), AuthenticatorError> {
        let id = self.bank.ask().await;
        self.at(Moment::Display);
        self.phone.device.refresh().await?;
        let Some(txn) = self.phone.pending() else { return Ok((id, None)) };
        self.at(Moment::Approve);
        self.phone.wire.delivery(match self.moment {
            Moment::Send => Delivery::NoNetwork,
            Moment::Receipt => Delivery::ReceiptLost,
            _ => Delivery::Arrives,
        });
        let decided = self.phone.approve(&txn).await;
        self.phone.wire.delivery(Delivery::Arrives);
        self.at(Moment::Send);
        self.at(Moment::Receipt);
        self.phone.device.refresh().await?;
        // The app has shown the reason. The user tries again if the request is still listed.
        if decided.is_err() && self.phone.pending().as_ref() == Some(&txn) {
            self.phone.approve(&txn).await.ok();
        }
        Ok((id, Some(txn)))
    }

    /// Begins a rotation whose update is not delivered before the step.
    async fn rotate(&self) {
        let enrolment = self.phone.device.enrolments().last().unwrap().id.clone();
        self.phone.wire.delivery(Delivery::NoNetwork);
        self.phone.device.rotate_all_keys(&enrolment).await.unwrap_err();
        self.phone.wire.delivery(Delivery::Arrives);
        self.at(Moment::Rotation);
        self.phone.device.refresh().await.unwrap();
    }

    /// The whole flow with the wrong clock, and everything again with the right one.
    async fn run(&self) -> Verdict {
        self.at(Moment::Enrol);
        let enrolled = self.phone.enrol(self.bank).await;
        let verdict = match enrolled {
            Ok(()) => None,
            Err(error) => {
                assert_eq!(self.moment, Moment::Enrol, "{error}");
                self.set(0);
                self.phone.enrol(self.bank).await.unwrap();
                Some(Verdict::Ended(format!("no enrolment: {error}")))
            }
        };
        let decided = self.decide().await.unwrap();
        if self.moment == Moment::Rotation {
            self.rotate().await;
        }
        self.at(Moment::Sweep);
        for _ in 0..5 {
            self.pass(60);
            self.bank.server.delete_expired().await.unwrap();
        }

        // The clock is right again.
        self.set(0);
        self.phone.device.refresh().await.unwrap();
        self.pass(400);
        let refreshed = self.phone.device.refresh().await.unwrap();
        assert_eq!(refreshed.failed, [], "nothing waits for ever");
        let verdict = match verdict {
            Some(verdict) => verdict,
            None => self.verdict(&decided.0, decided.1.as_ref()).await,
        };
        let new = self.bank.ask().await;
        self.phone.device.refresh().await.unwrap();
        let txn = self.phone.pending().expect("a new request is shown");
        assert_eq!(self.phone.approve(&txn).await, Ok(Outcome::Confirmed), "the phone is not locked");
        assert!(matches!(self.bank.outcome(&new).await, gateway::Outcome::Approved(_)));
        let enrolment = self.phone.device.enrolments().last().unwrap().id.clone();
        self.phone.device.rotate_all_keys(&enrolment).await.unwrap();
        self.phone.device.unenrol(&enrolment).await.unwrap();
        verdict
    }

    /// Both sides agree about the decision, and the phone does not wait for an answer.
    async fn verdict(&self, id: &ApprovalRequestId, txn: Option<&Txn>) -> Verdict {
        let outcome = self.bank.outcome(id).await;
        let approved = matches!(outcome, gateway::Outcome::Approved(_));
        let Some(txn) = txn else {
            assert!(!approved);
            return Verdict::Ended(format!("not shown, {outcome:?}"));
        };
        match self.phone.entry(txn) {
            EntryState::Settled(settled) => {
                assert_eq!(settled.outcome == receipt::Outcome::Accepted, approved);
                match approved {
                    true => Verdict::Counts,
                    false => Verdict::Ended(format!("receipt: {:?}", settled.outcome)),
                }
            }
            EntryState::Ended(state) => {
                assert!(!approved);
                Verdict::Ended(format!("not decided: {state:?}"))
            }
            state => panic!("the decision is lost: {state:?}"),
        }
    }
}

/// Runs the cells of one owner with one offset on one server. Returns how many decisions counted.
async fn row(owner: Owner, offset: i64) -> (usize, Vec<String>) {
    let bank = Bank::start().await;
    let mut counts = 0;
    let mut ended = Vec::new();
    for moment in MOMENTS {
        let folder = tempfile::tempdir().unwrap();
        let phone = Phone::open(folder.path(), START_SECS + bank.passed.load(Ordering::SeqCst));
        let cell = Cell { bank: &bank, phone, owner, offset, moment };
        match cell.run().await {
            Verdict::Counts => counts += 1,
            Verdict::Ended(reason) => ended.push(format!("{owner:?} {offset} {moment:?}: {reason}")),
        }
    }
    bank.server.stop().await;
    (counts, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_matrix() {
    let (mut cells, mut counts) = (0, 0);
    let mut ended = Vec::new();
    for owner in [Owner::Server, Owner::Phone, Owner::Both] {
        for offset in OFFSETS {
            let (counted, reasons) = row(owner, offset).await;
            cells += MOMENTS.len();
            counts += counted;
            ended.extend(reasons);
        }
    }
    assert_eq!(cells, counts + ended.len());
    report(cells, counts, &ended);
    // A wrong clock of the phone costs no decision that it shows.
    assert!(counts > cells / 2, "{counts} of {cells}");
}

/// Prints the figures. They are shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the figures are the result of the matrix")]
fn report(cells: usize, counts: usize, ended: &[String]) {
    for reason in ended {
        println!("{reason}");
    }
    println!("{cells} cells: {counts} decisions counted, {} ended visibly", ended.len());
}
