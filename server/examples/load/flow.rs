//! Complete flows of many phones at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_protocol::message::decision::DecisionKind;
use countersign_protocol::message::push::{self, PushContent};
use countersign_protocol::message::receipt::{Outcome, Receipt};
use serde_json::Value;

use crate::Options;
use crate::bank::Bank;
use crate::device::Device;
use crate::figures::Figures;

/// The longest time of one flow. A flow that takes longer has failed.
const FLOW_TIMEOUT: Duration = Duration::from_secs(20);

/// The grant type of CIBA.
pub(crate) const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// A phone with an open stream.
pub(crate) struct Phone {
    account: String,
    device: Device,
    stream: reqwest::Response,
    unread: String,
}

/// Measures flows with each of the numbers of phones.
pub(crate) async fn all(options: &Options, counts: &[usize]) {
    let bank = Arc::new(Bank::start(options));
    let mut phones: Vec<Phone> = Vec::new();
    for &count in counts {
        while phones.len() < count {
            phones.push(Phone::of(&bank, &format!("user{}", phones.len())).await);
        }
        let rest = phones.split_off(count);
        let (figures, used) = measure(&bank, phones, options.length).await;
        figures.print(&format!("{count} phones"));
        phones = used;
        phones.extend(rest);
    }
}

/// Repeats flows on each phone for that time.
pub(crate) async fn measure(bank: &Arc<Bank>, phones: Vec<Phone>, length: Duration) -> (Figures, Vec<Phone>) {
    let fsyncs = bank.count_fsyncs();
    let (start, cpu) = (Instant::now(), bank.cpu());
    let tasks: Vec<_> =
        phones.into_iter().map(|phone| tokio::spawn(repeat(bank.clone(), phone, start + length))).collect();
    let (mut figures, mut phones) = (Figures::default(), Vec::new());
    for task in tasks {
        let (flows, failures, phone) = task.await.unwrap();
        figures.flows.extend(flows);
        figures.failures.extend(failures);
        phones.push(phone);
    }
    figures.wall = start.elapsed();
    figures.cpu = bank.cpu().saturating_sub(cpu);
    figures.fsyncs = fsyncs.and_then(|fsyncs| fsyncs.stop());
    (figures, phones)
}

async fn repeat(bank: Arc<Bank>, mut phone: Phone, end: Instant) -> (Vec<Duration>, Vec<String>, Phone) {
    let (mut flows, mut failures) = (Vec::new(), Vec::new());
    while Instant::now() < end {
        let start = Instant::now();
        match tokio::time::timeout(FLOW_TIMEOUT, phone.flow(&bank)).await {
            Ok(Ok(())) => flows.push(start.elapsed()),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => failures.push("a flow took too long".to_owned()),
        }
        if failures.len() > 20 {
            break;
        }
    }
    (flows, failures, phone)
}

impl Phone {
    /// Adds a phone to the account and opens its stream.
    pub(crate) async fn of(bank: &Bank, account: &str) -> Self {
        let device = bank.phone(account).await;
        let stream = device.stream().await;
        assert!(stream.status().is_success(), "{}", stream.status());
        Self { account: account.to_owned(), device, stream, unread: String::new() }
    }

    /// Opens the stream again, after a restart of the server.
    pub(crate) async fn reconnect(&mut self) {
        self.stream = self.device.stream().await;
        self.unread.clear();
    }

    /// Performs one flow: authentication request, push, decision, tokens.
    async fn flow(&mut self, bank: &Bank) -> Result<(), String> {
        let form = [("scope", "openid"), ("login_hint", self.account.as_str())];
        let acknowledged = json("backchannel", bank.call("shop", "/backchannel-authentication", &form)).await?;
        let id = acknowledged["auth_req_id"].as_str().unwrap_or_default();
        let request = self.pushed().await?;
        let decision = self.device.decision(&request, DecisionKind::Approve);
        let reply = self.device.decide(&decision).await;
        if !reply.status.is_success() {
            return Err(format!("decision: {} {}", reply.status, reply.text));
        }
        let receipt: Receipt = self.device.read(&reply.text);
        if receipt.outcome != Outcome::Accepted {
            return Err(format!("decision: {:?}", receipt.outcome));
        }
        json("token", bank.call("shop", "/token", &[("grant_type", CIBA), ("auth_req_id", id)])).await.map(|_| ())
    }

    /// Returns the request of the next push.
    async fn pushed(&mut self) -> Result<String, String> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.unread = rest.to_owned();
                let Some(data) = data else { continue };
                let push: push::Push = serde_json::from_str(&data).map_err(|error| error.to_string())?;
                let PushContent::Sealed(sealed) = push.content else { return Err("a push without content".to_owned()) };
                let request = self.device.unseal(&sealed);
                // A status of the enrolment can come first.
                if self.device.try_read::<countersign_protocol::message::request::Request>(&request).is_ok() {
                    return Ok(request);
                }
                continue;
            }
            match self.stream.chunk().await {
                Ok(Some(bytes)) => self.unread += &String::from_utf8_lossy(&bytes),
                _ => return Err("the stream ended".to_owned()),
            }
        }
    }
}

async fn json(name: &str, call: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = call.send().await.map_err(|error| format!("{name}: {error}"))?;
    let status = response.status();
    let body: Value = response.json().await.map_err(|error| format!("{name}: {error}"))?;
    if status.is_success() { Ok(body) } else { Err(format!("{name}: {status} {}", body["error_description"])) }
}
