//! The calls of Kotlin and Swift with any arguments. Every call returns a value or a typed error
//! and never panics.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use countersign::{
    Authenticator, AuthenticatorError, Bytes, ClockError, ClockReading, Config, CreatedKey, DenyReason, DeviceClock,
    Diagnostics, DiagnosticsError, HttpRequest, HttpResponse, InternalReason, Issuers, KeySpec, KeyStore,
    KeyStoreError, LabelKey, Language, Prompt, Protection, PushAddress, Received, RenderReport, StateStore,
    StateStoreError, Transport, TransportError, TrustedIssuer, UniFfiTag, Verification, default_label,
    public_key_from_spki, raw_signature,
};
use countersign_core::platform::{Clock as _, StateStore as _};
use futures_util::FutureExt as _;
use uniffi::Lift;

use crate::bank;
use crate::keys::STATE_SEALING_KEY;
use crate::platform::{TestClock, TestPlatform, TestStateStore};

/// Runs calls. `b` and bytes: values that cross the boundary as bytes. Otherwise each line is a
/// call, selected by its first character.
pub fn run(input: &[u8]) {
    match input.split_first() {
        Some((b'b', bytes)) => crossing(bytes),
        _ => called(&String::from_utf8_lossy(input)),
    }
}

/// Reads bytes and records as the other language would write them.
///
/// Types with lists or maps are left out. uniffi reserves memory for as many entries as the first
/// four bytes state, and aborts the process if there is not enough.
fn crossing(bytes: &[u8]) {
    if let Ok(raw) = raw_signature(bytes.to_vec()) {
        assert_eq!(raw.len(), 64);
    }
    if let Ok(point) = public_key_from_spki(bytes.to_vec()) {
        assert_eq!(point.len(), 65);
    }
    lift::<Bytes>(bytes);
    lift::<Config>(bytes);
    lift::<HttpResponse>(bytes);
    lift::<PushAddress>(bytes);
    lift::<ClockReading>(bytes);
    lift::<KeyStoreError>(bytes);
    if let Some(key) = lift::<LabelKey>(bytes) {
        for language in [Language::En, Language::Ja] {
            assert!(!default_label(key, language).is_empty());
        }
    }
}

/// Reads a value and checks that no byte after the input is read.
fn lift<T: Lift<UniFfiTag>>(bytes: &[u8]) -> Option<T> {
    let mut rest = bytes;
    let value = T::try_read(&mut rest).ok();
    assert!(rest.len() <= bytes.len());
    value
}

fn called(text: &str) {
    let platform = TestPlatform::with_state(bank::sealed_state());
    let config = Config {
        platform: "test".into(),
        model: "Test".into(),
        app: "1".into(),
        issuers: Issuers::Unrestricted,
        allow_loopback: true,
        app_version: None,
    };
    let device = open(config, &platform).unwrap_or_else(|error| panic!("{error}"));
    for line in text.split('\n').take(16) {
        let Some(first) = line.chars().next() else { continue };
        call(&device, &platform, first, &line[first.len_utf8()..]);
    }
    assert_eq!(taken(device.enrolments()).map(|infos| infos.len()), Some(1), "enrolment lost");
    for pending in taken(device.pending()).unwrap_or_default() {
        let _ = taken(pending.enrolment_id());
        for language in [Language::En, Language::De, Language::Fr, Language::Es, Language::Ja] {
            if let Some(review) = taken(pending.review(language)) {
                assert!(!review.fields().is_empty());
                let _ = (review.binding(), taken(review.approvable()));
            }
        }
    }
}

fn open(config: Config, platform: &TestPlatform) -> Result<Arc<Authenticator>, AuthenticatorError> {
    let shell = Arc::new(Shell(platform.clone()));
    Authenticator::new(config, shell.clone(), shell.clone(), shell.clone(), shell.clone(), Some(shell))
}

fn call(device: &Arc<Authenticator>, platform: &TestPlatform, first: char, rest: &str) {
    let given = || rest.to_owned();
    match first {
        'o' => drop(taken(device.parse_offer(given())).map(|offer| offer.issuer())),
        'r' => drop(taken(device.request(given()))),
        'e' => {
            if let Some(enrolment) = taken(device.enrolment(given())) {
                let _ = (taken(enrolment.info()), taken(enrolment.history()), taken(enrolment.evidence()));
            }
        }
        'v' => drop((taken(device.evidence(given())), taken(device.decision_to_show(given())))),
        's' => drop(taken(device.receive_scanned(given()))),
        'q' => drop(taken(device.receive_scanned(platform.transport.bank.request(rest)))),
        // A push with any members, and a correctly sealed push.
        'm' => {
            let members = rest.split('&').filter_map(|member| member.split_once('='));
            received(device, members.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
        'p' => {
            let sealed = platform.transport.bank.sealed(&platform.transport.bank.request(rest), false);
            received(
                device,
                [("v", "1"), ("e", "handle-1"), ("p", &sealed)].map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
            );
        }
        'f' => drop(now(device.fetch("enrolment-1".into(), given(), None)).map(taken)),
        'd' => drop(now(device.deny(given(), DenyReason::Other, None)).map(taken)),
        't' => {
            let config = Config {
                platform: given(),
                model: given(),
                app: given(),
                issuers: Issuers::Only {
                    trusted: vec![TrustedIssuer { issuer: given(), detail_types: Some(given()) }],
                },
                allow_loopback: false,
                app_version: Some(given()),
            };
            drop(taken(open(config, platform)));
        }
        'a' => approved(device, rest),
        _ => {}
    }
}

fn received(device: &Arc<Authenticator>, members: HashMap<String, String>) {
    if let Some(Received::Request { request }) = taken(device.receive(members)) {
        assert!(!request.txn().is_empty());
    }
}

/// Approves with a render report of these fields, separated by commas. `*` stands for all fields.
/// The text after `=` is the binding value.
fn approved(device: &Arc<Authenticator>, rest: &str) {
    let (drawn, value) = rest.split_once('=').map_or((rest, None), |(drawn, value)| (drawn, Some(value.to_owned())));
    let Some(pending) = taken(device.pending()).and_then(|all| all.into_iter().next()) else { return };
    let Some(review) = taken(pending.review(Language::En)) else { return };
    let drawn: Vec<String> = match drawn {
        "*" => review.fields().into_iter().map(|field| field.id).collect(),
        named => named.split(',').map(ToOwned::to_owned).collect(),
    };
    let all = drawn.len() >= review.fields().len();
    let report = RenderReport { drawn, shown_ms: 60_000, obscured: false, shared: false, call_active: false };
    let ticket = taken(review.rendered(report));
    assert!(ticket.is_none() || all, "ticket for an incomplete report");
    assert!(
        review
            .rendered(RenderReport {
                drawn: Vec::new(),
                shown_ms: 0,
                obscured: false,
                shared: false,
                call_active: false
            })
            .is_err()
    );
    if let Some(ticket) = ticket {
        let _ = now(ticket.approve(value, None)).map(taken);
    }
}

/// Returns the value of a result. An error must have a text and must not be a panic.
fn taken<T>(result: Result<T, AuthenticatorError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(AuthenticatorError::Internal { code: InternalReason::Panic, reason }) => panic!("{reason}"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// Polls a future once. A future that would wait is dropped, as an app can do.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    future.now_or_never()
}

/// The platform as an app implements it.
struct Shell(TestPlatform);

#[async_trait]
impl KeyStore for Shell {
    async fn create(&self, _: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        let (handle, public) = self.0.keys.make();
        Ok(CreatedKey {
            handle,
            public_key: public.as_sec1().to_vec(),
            protection: Protection::Software,
            verification: Verification::Biometric,
            evidence: Vec::new(),
        })
    }

    async fn sign(&self, handle: String, input: Bytes) -> Result<Vec<u8>, KeyStoreError> {
        self.0.keys.signed(&handle, &input.0).map(Vec::from).ok_or(KeyStoreError::Missing)
    }

    async fn sign_with_user_verification(
        &self,
        handle: String,
        input: Bytes,
        _: Prompt,
    ) -> Result<Vec<u8>, KeyStoreError> {
        self.sign(handle, input).await
    }

    async fn delete(&self, handle: String) -> Result<(), KeyStoreError> {
        self.0.keys.remove(&handle);
        Ok(())
    }

    fn agree(&self, handle: String, peer: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.0.keys.agreed(&handle, &peer).map(Vec::from).ok_or(KeyStoreError::Missing)
    }

    fn sealing_key(&self, _: bool) -> Result<Vec<u8>, KeyStoreError> {
        Ok(STATE_SEALING_KEY.to_vec())
    }
}

impl StateStore for Shell {
    fn load(&self) -> Result<Option<Bytes>, StateStoreError> {
        let store: &TestStateStore = &self.0.state;
        store.load().map(|bytes| bytes.map(Bytes)).map_err(|error| StateStoreError::Failed { reason: error.0 })
    }

    fn save(&self, bytes: Bytes) -> Result<(), StateStoreError> {
        let store: &TestStateStore = &self.0.state;
        store.save(&bytes.0).map_err(|error| StateStoreError::Failed { reason: error.0 })
    }
}

impl DeviceClock for Shell {
    fn read(&self) -> Result<ClockReading, ClockError> {
        let ticks: &TestClock = &self.0.clock;
        let reading = ticks.read().map_err(|error| ClockError::Unreadable { reason: error.0 })?;
        Ok(ClockReading { monotonic_ms: reading.monotonic_ms, boot_id: reading.boot_id, wall_ms: 0 })
    }
}

impl Diagnostics for Shell {
    fn record(&self, _: String, _: String) -> Result<(), DiagnosticsError> {
        Err(DiagnosticsError::Failed { reason: "log failed".into() })
    }
}

#[async_trait]
impl Transport for Shell {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Unreachable)
    }
}
