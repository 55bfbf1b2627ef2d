//! The event scripts of `tests/approval` on the device facade, with requests of the test bank.
//! Kotlin and Swift run the same scripts in the same way.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use async_trait::async_trait;
use countersign_core::jose::PublicKey;
use countersign_core::message::claims::{Locale, Timestamp};
use countersign_core::message::decision::{DenyReason, Verification};
use countersign_core::message::enrolment::{DeviceInfo, Protection, PushAddress, PushKind};
use countersign_core::platform::{
    Clock, ClockError, ClockReading, CreatedKey, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyHandle,
    KeySpec, KeyStore, KeyStoreError, Platform, Prompt, StateStore, StateStoreError, Transport, TransportError,
};
use countersign_core::review::{Obstacle, SessionError, SessionEvent};
use countersign_core::{ApprovalSession, Authenticator, AuthenticatorError, Config, Issuers, Outcome, Received};
use zeroize::Zeroizing;

use crate::{Bank, ReceivedDecision, SoftwareKeys};

#[allow(dead_code, reason = "the bank reads the policy and the request")]
#[path = "../../../core/tests/approval/script.rs"]
mod script;

use script::{Decision, Expect, Script, Step};

/// The platform of a phone: software keys, and the bank as the network.
struct Phone {
    bank: Arc<Bank>,
    keys: SoftwareKeys,
    state: Mutex<Option<Vec<u8>>>,
    cancels_prompts: AtomicBool,
    /// The prompt stays open.
    keeps_prompts_open: AtomicBool,
}

#[async_trait]
impl KeyStore for Phone {
    async fn create(&self, _: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        let key = self.keys.create().unwrap();
        Ok(CreatedKey {
            handle: KeyHandle(key.handle),
            public: PublicKey::from_sec1(&key.public_key).unwrap(),
            protection: Protection::Software,
            verification: Verification::Biometric,
            evidence: Vec::new(),
        })
    }

    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        Ok(self.keys.sign_raw(&key.0, message).unwrap())
    }

    async fn sign_with_user_verification(
        &self,
        key: &KeyHandle,
        message: &[u8],
        _: Prompt,
    ) -> Result<[u8; 64], KeyStoreError> {
        if self.cancels_prompts.load(Ordering::Relaxed) {
            return Err(KeyStoreError::Cancelled);
        }
        if self.keeps_prompts_open.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.sign(key, message).await
    }

    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        Ok(self.keys.agree_raw(&key.0, peer.as_sec1()).unwrap())
    }

    async fn delete(&self, _: &KeyHandle) -> Result<(), KeyStoreError> {
        Ok(())
    }

    fn sealing_key(&self, _: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        Ok(Zeroizing::new([7; 32]))
    }
}

#[async_trait]
impl Transport for Phone {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let body = self.bank.answer(request.url, request.body).unwrap();
        Ok(HttpResponse { status: 200, dpop_nonce: None, body })
    }
}

impl StateStore for Phone {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(self.state.lock().unwrap().clone())
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        *self.state.lock().unwrap() = Some(bytes.to_vec());
        Ok(())
    }
}

impl Clock for Phone {
    fn read(&self) -> Result<ClockReading, ClockError> {
        let wall = Timestamp::from_seconds(self.bank.wall_ms().div_euclid(1000));
        Ok(ClockReading { monotonic_ms: 0, boot_id: "test".into(), wall })
    }
}

impl Diagnostics for Phone {
    fn record(&self, _: DiagnosticEvent) {}
}

/// A phone with a session on the request of a script.
struct Run {
    phone: Arc<Phone>,
    session: ApprovalSession,
    fields: Vec<String>,
}

impl Run {
    async fn start(text: &str, can_scan: bool) -> Self {
        let bank = Bank::for_script(text.to_owned()).unwrap();
        let phone = Arc::new(Phone {
            bank: bank.clone(),
            keys: SoftwareKeys::new(),
            state: Mutex::new(None),
            cancels_prompts: AtomicBool::new(false),
            keeps_prompts_open: AtomicBool::new(false),
        });
        let platform = Platform {
            keys: phone.clone(),
            transport: phone.clone(),
            state: phone.clone(),
            clock: phone.clone(),
            diagnostics: phone.clone(),
        };
        let device =
            DeviceInfo { platform: "test".into(), model: "test".into(), app: "test".into(), sdk: "test".into() };
        let config = Config { device, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true };
        let device = Authenticator::open(config, platform).unwrap();
        let offer = device.parse_offer(&bank.offer().unwrap()).unwrap();
        device.enrol(offer, PushAddress { kind: PushKind::None, token: None }).await.unwrap();
        let Received::Request(request) = device.receive(&bank.push().unwrap().into_iter().collect()).unwrap() else {
            panic!("the push has no new request");
        };
        let session = request.approval_session(Locale::En, can_scan).unwrap();
        let fields = session.fields().iter().map(|field| field.id.to_string()).collect();
        Self { phone, session, fields }
    }

    async fn check(&self, place: &str, step: &Step) {
        let called = self.call(step).await;
        let (decided, error) = match called {
            Ok(decided) => (decided, None),
            Err(error) => (false, Some(error.code().to_owned())),
        };
        let Expect { missing, remaining_ms, obstacle, approval_allowed, call_warning, shown_ms, .. } = step.expect();
        assert_eq!(step.expect().error, error, "{place}: error");
        let decision = self.phone.bank.decision().filter(|_| decided);
        assert_eq!(step.expect().decision, decision.map(report_of), "{place}: decision");
        let state = self.session.state();
        let missing = missing.as_ref().map(|ids| if *ids == ["*"] { self.fields.clone() } else { ids.clone() });
        same(place, "missing", missing, state.missing.iter().map(ToString::to_string).collect());
        same(place, "remaining_ms", *remaining_ms, state.remaining_ms);
        same(place, "obstacle", obstacle.clone(), state.obstacle.map_or("none", Obstacle::code).to_owned());
        same(place, "approval_allowed", *approval_allowed, state.approval_allowed);
        same(place, "call_warning", *call_warning, state.call_warning);
        same(place, "shown_ms", *shown_ms, state.shown_ms);
    }

    /// Does the call of a step. Returns true if a decision was sent.
    async fn call(&self, step: &Step) -> Result<bool, AuthenticatorError> {
        let outcome = match step {
            Step::Handle { at_ms, events, .. } => {
                let events: Vec<SessionEvent> = events.iter().flat_map(|event| event.expand(&self.fields)).collect();
                self.session.handle(*at_ms, &events)?;
                return Ok(false);
            }
            Step::SetBindingValue { value, .. } => {
                self.session.set_binding_value(value.clone().map(Zeroizing::new))?;
                return Ok(false);
            }
            Step::Approve { prompt, .. } => {
                self.phone.cancels_prompts.store(*prompt == script::Prompt::Cancelled, Ordering::Relaxed);
                self.session.approve().await?
            }
            Step::Deny { reason, .. } => self.session.deny(*reason).await?,
        };
        assert_eq!(outcome, Outcome::Confirmed);
        let decision = self.phone.bank.decision().unwrap();
        let reason = if let Step::Deny { reason, .. } = step { Some(reason.as_str().to_owned()) } else { None };
        assert_eq!((decision.approved, decision.reason), (reason.is_none(), reason));
        Ok(true)
    }
}

fn report_of(decision: ReceivedDecision) -> Decision {
    Decision { shown_ms: decision.shown_ms, call_active: decision.call_active, binding: decision.binding }
}

fn same<T: PartialEq + std::fmt::Debug>(place: &str, name: &str, expected: Option<T>, actual: T) {
    if let Some(expected) = expected {
        assert_eq!(expected, actual, "{place}: {name}");
    }
}

fn scripts() -> Vec<(PathBuf, Script)> {
    script::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../approval"))
}

#[tokio::test]
async fn session_is_usable_after_an_approval_is_dropped() {
    let (path, script) = scripts().into_iter().find(|(_, script)| script.name == "read_everything_approve").unwrap();
    let run = Run::start(&std::fs::read_to_string(path).unwrap(), script.can_scan).await;
    let (approve, before) = script.steps.split_last().unwrap();
    for step in before {
        run.check("before the approval", step).await;
    }
    run.phone.keeps_prompts_open.store(true, Ordering::Relaxed);
    let mut approval = Box::pin(run.session.approve());
    assert!(approval.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(!run.session.state().approval_allowed);
    assert_eq!(run.session.approve().await, Err(AuthenticatorError::Session(SessionError::Busy)));
    assert_eq!(run.session.deny(DenyReason::Other).await, Err(AuthenticatorError::Session(SessionError::Busy)));
    drop(approval);
    assert!(run.session.state().approval_allowed);
    run.phone.keeps_prompts_open.store(false, Ordering::Relaxed);
    run.check("the approval", approve).await;
}

#[tokio::test]
async fn every_script_leads_to_its_states_on_a_device() {
    for (path, Script { name, can_scan, steps, .. }) in scripts() {
        let run = Run::start(&std::fs::read_to_string(path).unwrap(), can_scan).await;
        for (at, step) in steps.iter().enumerate() {
            run.check(&format!("{name}, step {at}"), step).await;
        }
    }
}
