//! A phone built from the core. The test supplies its pushes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, SystemClock, UserPresence, open_secrets};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::message::claims::{Locale, Txn};
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::platform::{DiagnosticEvent, Diagnostics, KeyStoreError, Prompt};
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, Config, Issuers, Outcome, PendingRequest, Platform, Received};

/// A user who is always verified.
struct Present;

#[async_trait]
impl UserPresence for Present {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

struct Unread;

impl Diagnostics for Unread {
    fn record(&self, _: DiagnosticEvent) {}
}

/// Opens a phone with its data in this folder.
pub(super) fn open(folder: &Path) -> Authenticator {
    let _ = rustls::crypto::ring::default_provider().install_default();
    std::fs::create_dir_all(folder.join("secrets")).unwrap();
    let platform = Platform {
        keys: Arc::new(SoftwareKeyStore::new(open_secrets(folder).unwrap().0, Arc::new(Present))),
        transport: Arc::new(HttpTransport::new()),
        state: Arc::new(StateFile::open(folder).unwrap()),
        clock: Arc::new(SystemClock),
        diagnostics: Arc::new(Unread),
    };
    let device = DeviceInfo {
        platform: "android".to_owned(),
        model: "Test phone".to_owned(),
        app: "Bank 1".to_owned(),
        sdk: "1".to_owned(),
    };
    Authenticator::open(
        Config { device, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true },
        platform,
    )
    .unwrap()
}

/// Enrols and returns the confirmation code.
pub(super) async fn enrol(phone: &Authenticator, link: &str, token: &str) -> String {
    let address = PushAddress { kind: PushKind::Fcm, token: Some(token.to_owned()) };
    let enrolled = phone.enrol(phone.parse_offer(link).unwrap(), address).await.unwrap();
    enrolled.confirm_code.unwrap()
}

/// Receives a push. `true` if it brings a request that is not decided yet.
pub(super) fn brings_request(phone: &Authenticator, push: &BTreeMap<String, String>) -> bool {
    matches!(phone.receive(push).unwrap(), Received::Request(_))
}

/// Receives a push and returns its request.
pub(super) fn request(phone: &Authenticator, push: &BTreeMap<String, String>) -> PendingRequest {
    match phone.receive(push).unwrap() {
        Received::Request(request) => request,
        _ => panic!("the push brings no request"),
    }
}

/// Approves a pending request with every field drawn.
pub(super) async fn approve(phone: &Authenticator, txn: &Txn, value: Option<&str>) -> Outcome {
    let review = phone.request(txn).unwrap().review(Locale::En).unwrap();
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    let report = RenderReport { drawn, shown_ms: 2000, obscured: false, shared: false, call_active: false };
    review.rendered(&report).unwrap().approve(value.map(str::to_owned)).await.unwrap()
}
