//! A phone enrols with a bank, receives a payment request, displays it, and approves it.
//!
//! The bank is the in-memory test bank of `core/tests/device/bank`. It speaks ADP/1 with real keys
//! and signatures, but without a network. An app uses `HttpTransport` in its place.
//!
//! Run it with `cargo run -p countersign-core --example enrol_and_approve`.

#![expect(clippy::print_stdout, reason = "the example prints what the phone displays")]

use std::sync::Arc;

use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, SystemClock, UserPresence, open_secrets};
use countersign_core::message::claims::Locale;
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{DiagnosticEvent, Diagnostics, KeyStoreError, Prompt};
use countersign_core::review::SessionEvent;
use countersign_core::{Authenticator, Config, Issuers, Outcome, Platform, Received, TrustedIssuer};

#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "the test bank is test code, and the tests of the device use the rest of it"
)]
#[path = "../tests/device/bank/mod.rs"]
mod bank;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    // Secrets in files of this folder. Without this folder they are in the system's keyring.
    std::fs::create_dir(folder.path().join("secrets"))?;
    let (secrets, _) = open_secrets(folder.path())?;
    let bank = bank::Bank::new();

    // The platform: keys, network, storage and clock of this computer.
    let platform = Platform {
        keys: Arc::new(SoftwareKeyStore::new(secrets, Arc::new(Confirmed))),
        transport: bank.clone(),
        state: Arc::new(StateFile::open(folder.path())?),
        clock: Arc::new(SystemClock),
        diagnostics: Arc::new(Silent),
    };
    let device = DeviceInfo {
        platform: "desktop".into(),
        model: "Example".into(),
        app: "example 1".into(),
        sdk: env!("CARGO_PKG_VERSION").into(),
    };
    let config = Config {
        device,
        app_version: None,
        issuers: Issuers::Only(vec![TrustedIssuer::new(bank.issuer())]),
        allow_loopback: false,
    };
    let phone = Authenticator::open(config, platform)?;

    // 1. Enrol. The link comes from the QR code on the bank's page.
    let link = bank.offer().to_link("https://app.bank.example");
    let offer = phone.parse_offer(&link)?;
    let enrolment = phone.enrol(offer, PushAddress { kind: PushKind::Stream, token: None }).await?;
    println!("Type this code at the bank: {}", enrolment.confirm_code.unwrap_or_default());
    // The user types the code at the bank. The bank pushes the new state of the enrolment.
    phone.receive(&bank.push(&bank.sign(&bank.status(EnrolmentState::Active))))?;

    // 2. Receive a request. The push is sealed to the phone's encryption key.
    let Received::Request(request) = phone.receive(&bank.push(&bank.sign(&bank.payment())))? else {
        return Err("the push does not contain a new request".into());
    };

    // 3. Display it. The app reports which fields are visible, and in which state the screen is.
    let session = request.approval_session(Locale::En, false)?;
    let mut events = vec![SessionEvent::Foreground { on: true }];
    for field in session.fields() {
        println!("{:<12} {}", field.label(Locale::En), field.value);
        let (height, top, bottom) = (40.0, 0.0, 40.0);
        events.push(SessionEvent::Visible { field: field.id.to_string(), height, top, bottom });
    }
    session.handle(0, &events)?;
    // The user types the code that the other screen shows.
    session.set_binding_value(Some("481205".to_owned().into()))?;
    let state = session.handle(2_000, &[])?;
    assert!(state.approval_allowed, "something prevents the approval: {:?}", state.obstacle);

    // 4. Approve. The key store verifies the user, signs, and the decision is sent.
    let outcome = session.approve().await?;
    assert_eq!(outcome, Outcome::Confirmed, "only a signed receipt confirms an approval");
    println!("The bank has confirmed the approval.");
    Ok(())
}

/// A user who is always verified. A phone shows a prompt here.
struct Confirmed;

#[async_trait::async_trait]
impl UserPresence for Confirmed {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

/// Drops diagnostics. An app writes them to its log.
struct Silent;

impl Diagnostics for Silent {
    fn record(&self, _: DiagnosticEvent) {}
}
