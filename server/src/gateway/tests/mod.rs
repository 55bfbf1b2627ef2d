//! Tests of the gateway over HTTP on a loopback address, with a small phone with software keys.

mod approvals;
mod calls;
mod clocks;
mod decisions;
mod device;
mod displayed;
mod enrolment;
mod history;
mod numbers;
mod offline;
mod policy;
mod pushes;
mod races;
mod rotation;
mod streams;
mod updates;

use std::sync::Arc;
use std::time::Duration;

use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::request::Client;
use serde_json::value::RawValue;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{
    ApprovalRequestId, Confirmed, DenialReason, Gateway, NewApprovalRequest, Outcome, Parts, RequestedBinding, router,
};
use crate::clock::Clock;
use crate::jobs::pushes::PushJob;
use crate::keys::{KeyRotationPolicy, ServerKeys};
use crate::model::Enrolment;
use crate::policy::RequestPolicy;
use crate::push::Channels;
use crate::security_log::{Destination, SecurityLog};
use crate::shutdown::{self, ShutdownHandle};
use crate::store::{DataFolder, Lock, Store};
use device::Device;

const START: i64 = 1_800_000_000;

/// A running gateway with a fixed clock.
struct Bench {
    gateway: Gateway,
    clock: Clock,
    base: String,
    key: PublicKey,
    serving: JoinHandle<()>,
    pushes: JoinHandle<()>,
    _shutdown: ShutdownHandle,
    _folder: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self::with(RequestPolicy::default()).await
    }

    async fn with(policy: RequestPolicy) -> Self {
        Self::over(policy, Channels::default()).await
    }

    async fn over(policy: RequestPolicy, channels: Channels) -> Self {
        Self::open(policy, channels, DetailTypes::default()).await
    }

    async fn open(policy: RequestPolicy, channels: Channels, detail_types: DetailTypes) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::take(&folder.path().join("data")).unwrap();
        let store = Store::open(data).await.unwrap();
        let keys = Arc::new(ServerKeys::open(store.folder(), false).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::fixed(Timestamp::from_seconds(START));
        let (handle, shutdown) = shutdown::channel();
        let key = keys.device().signing().public().clone();
        let pushes = PushJob { store: store.clone(), channels: channels.clone(), clock: clock.clone() };
        let pushes = tokio::spawn(pushes.run(shutdown.clone()));
        let gateway = Gateway::open(Parts {
            store,
            keys,
            key_policy: KeyRotationPolicy::default(),
            security_log: SecurityLog::open(&Destination::Off, &[0; 32], clock.clone()).unwrap(),
            clock: clock.clone(),
            shutdown,
            issuer: base.parse().unwrap(),
            issuer_name: "Bank".to_owned(),
            app_link: "http://127.0.0.1:8470".parse().unwrap(),
            detail_types,
            policy,
            channels,
        })
        .unwrap();
        let service = router(gateway.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { gateway, clock, base, key, serving, pushes, _shutdown: handle, _folder: folder }
    }

    /// Returns a new phone for this gateway.
    fn device(&self) -> Device {
        Device::of(self.base.clone(), self.base.clone(), vec![self.key.clone()], self.clock.clone())
    }

    /// Returns a gateway over the same data with another policy, as after a restart.
    fn gateway_with(&self, policy: RequestPolicy) -> Gateway {
        let parts = &self.gateway.parts;
        Gateway::open(Parts {
            store: parts.store.clone(),
            keys: parts.keys.clone(),
            key_policy: KeyRotationPolicy::default(),
            security_log: parts.security_log.clone(),
            clock: parts.clock.clone(),
            shutdown: parts.shutdown.clone(),
            issuer: parts.issuer.clone(),
            issuer_name: parts.issuer_name.clone(),
            app_link: parts.app_link.clone(),
            detail_types: parts.detail_types.clone(),
            policy,
            channels: parts.channels.clone(),
        })
        .unwrap()
    }

    /// Starts the job that sends pushes again, as after a restart.
    fn restart_pushes(&mut self) {
        let parts = &self.gateway.parts;
        let (store, channels) = (parts.store.clone(), parts.channels.clone());
        let job = PushJob { store, channels, clock: self.clock.clone() };
        self.pushes = tokio::spawn(job.run(parts.shutdown.clone()));
    }

    /// Adds an active phone to the account of alice.
    async fn phone(&self) -> Device {
        self.phone_of("alice").await
    }

    /// Adds an active phone to an account.
    async fn phone_of(&self, account: &str) -> Device {
        let offer = self.gateway.offer(account, "Alice").await.unwrap();
        let mut phone = self.device();
        let enrolled = phone.enrol(&offer.uri).await;
        let code = phone.confirmation_code(&enrolled);
        assert_eq!(self.gateway.confirm(account, &offer.id, &code).await.unwrap(), Confirmed::Active);
        phone
    }

    async fn request_approval(&self, binding: RequestedBinding) -> ApprovalRequestId {
        self.gateway.request_approval(new_request(binding)).await.unwrap()
    }

    /// Returns the stored enrolment of a phone.
    async fn enrolment(&self, phone: &Device) -> Enrolment {
        let mut db = self.store().read().await.unwrap();
        db.enrolment(phone.id.as_ref().unwrap()).await.unwrap().unwrap()
    }

    /// Changes the stored enrolment of a phone.
    async fn change_enrolment(&self, phone: &Device, change: impl FnOnce(&mut Enrolment)) {
        let mut enrolment = self.enrolment(phone).await;
        change(&mut enrolment);
        let mut tx = self.store().begin().await.unwrap();
        tx.lock_all([Lock::account(&enrolment.account), Lock::enrolment(&enrolment.id)]).await.unwrap();
        tx.save_enrolment(&enrolment, phone.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn store(&self) -> &Store {
        &self.gateway.parts.store
    }

    async fn outcome(&self, request_id: &ApprovalRequestId) -> Outcome {
        self.gateway.outcome(request_id).await.unwrap().unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.serving.abort();
        self.pushes.abort();
    }
}

fn new_request(binding: RequestedBinding) -> NewApprovalRequest {
    NewApprovalRequest {
        user: "alice".to_owned(),
        client: Client { id: "shop".to_owned(), name: "Shop".to_owned() },
        scope: Some("openid".to_owned()),
        binding,
        details: Vec::new(),
        context: None,
        lifetime: Duration::from_secs(300),
    }
}

fn entry() -> RequestedBinding {
    RequestedBinding::Entry("123456".to_owned())
}

fn payment() -> Box<RawValue> {
    let text = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;
    RawValue::from_string(text.to_owned()).unwrap()
}

fn id(text: &str) -> EnrolmentId {
    text.parse().unwrap()
}

#[test]
fn debug_of_a_binding_hides_its_value() {
    for binding in
        [entry(), RequestedBinding::Choice("123456".to_owned()), RequestedBinding::Display("123456".to_owned())]
    {
        assert!(!format!("{:?}", new_request(binding)).contains("123456"));
    }
}
