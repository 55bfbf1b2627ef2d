//! Runs the server behind nginx with the configuration of `docs/operators/proxy.md` and with a
//! minimal one. `cargo xtask interop nginx` installs nginx and starts this program. The last line
//! is `N passed, N failed`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a check that panics is a check that failed"
)]

/// The phone of the gateway's tests.
#[path = "../../src/gateway/tests/device.rs"]
#[allow(dead_code, reason = "the tests of the gateway use the rest")]
mod device;
mod nginx;
mod report;

use std::process::ExitCode;
use std::time::Duration;

use countersign_protocol::message::enrolment::Enrolled;
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::request::Client;
use countersign_server::gateway::{NewApprovalRequest, RequestedBinding};
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};
use reqwest::{Response, StatusCode};

use device::Device;
use nginx::Nginx;
use report::Report;

/// The time in which a byte must arrive that nginx does not hold back.
const AT_ONCE: Duration = Duration::from_secs(5);
/// The time in which a comment of the stream must arrive.
const COMMENT: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().unwrap();
    let nginx = Nginx::prepare(folder.path());
    let config = format!(
        "issuer = \"{}\"\nlisten = \"127.0.0.1:0\"\ntrusted_proxy = true\nsecurity_log = \"off\"\napp_link = \"https://app.bank.example\"\n",
        nginx.url()
    );
    let data = DataFolder::take(&folder.path().join("data")).unwrap();
    let server = Server::start(Config::parse(&config).unwrap(), data, Clock::system()).await.unwrap();
    let nginx = nginx.start(server.local_addr());
    let http = nginx.client();

    let mut report = Report::default();
    let phone = enrol(&server, nginx.url(), http.clone()).await;
    report.check("a phone enrols through TLS", phone.id.is_some());
    stream(&mut report, &server, &phone).await;
    sizes(&mut report, nginx.url(), &http).await;
    addresses(&mut report, &server, nginx.url(), &http).await;

    let phone = phone.through(http, nginx.plain_url());
    let mut text = String::new();
    if let Ok(mut response) = tokio::time::timeout(AT_ONCE, phone.stream()).await {
        ask(&server).await;
        text = until(&mut response, AT_ONCE, "event: push").await;
    }
    report.check("a push passes nginx with its defaults", text.contains("event: push"));
    server.stop().await;
    drop(nginx);
    report.end()
}

/// Adds a phone to the account of alice.
async fn enrol(server: &RunningServer, url: &str, http: reqwest::Client) -> Device {
    let offer = server.gateway().offer("alice", "Alice").await.unwrap();
    let pins = Offer::parse(&offer.uri).unwrap().pins;
    let published = http.get(format!("{url}{}", metadata::PATH)).send().await.unwrap().text().await.unwrap();
    let keys = Metadata::open(&published, &pins).unwrap().keys.keys;
    let device = Device::of(url.to_owned(), server.issuer().to_owned(), keys, Clock::system());
    let mut phone = device.through(http, url.to_owned());
    let enrolled: Enrolled = phone.enrol(&offer.uri).await;
    let code = phone.confirmation_code(&enrolled);
    server.gateway().confirm("alice", &offer.id, &code).await.unwrap();
    phone
}

async fn ask(server: &RunningServer) {
    let request = NewApprovalRequest {
        user: "alice".to_owned(),
        client: Client { id: "shop".to_owned(), name: "Shop".to_owned() },
        scope: Some("openid".to_owned()),
        binding: RequestedBinding::None,
        details: Vec::new(),
        context: None,
        lifetime: Duration::from_secs(300),
    };
    server.gateway().request_approval(request).await.unwrap();
}

async fn stream(report: &mut Report, server: &RunningServer, phone: &Device) {
    let opened = tokio::time::timeout(AT_ONCE, phone.stream()).await;
    report.check("the head of a stream arrives at once", opened.as_ref().is_ok_and(|it| it.status() == 200));
    let Ok(mut response) = opened else { return };
    ask(server).await;
    let text = until(&mut response, AT_ONCE, "event: push").await;
    report.check("a push arrives at once", text.contains("event: push"));
    let text = until(&mut response, COMMENT, ":\n").await;
    report.check("a comment arrives before nginx's timeout", text.contains(":\n"));
}

/// Reads until the text arrives or the time is over.
async fn until(response: &mut Response, time: Duration, wanted: &str) -> String {
    let mut text = String::new();
    let read = async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            if text.contains(wanted) {
                return;
            }
        }
    };
    tokio::time::timeout(time, read).await.ok();
    text
}

async fn sizes(report: &mut Report, url: &str, http: &reqwest::Client) {
    let post = async |bytes: usize| {
        let call = http.post(format!("{url}/token")).header("content-type", "application/x-www-form-urlencoded");
        let response = call.body("x".repeat(bytes)).send().await.unwrap();
        (response.status(), response.text().await.unwrap().contains("\"error\""))
    };
    let (status, is_ours) = post(64 * 1024 - 1).await;
    report.check("a body of 64 KiB reaches the server", status != StatusCode::PAYLOAD_TOO_LARGE && is_ours);
    report.check("nginx rejects a larger body", post(64 * 1024 + 1).await.0 == StatusCode::PAYLOAD_TOO_LARGE);
    let call = http.get(format!("{url}/userinfo")).header("authorization", format!("Bearer {}", "x".repeat(7_800)));
    let status = call.send().await.unwrap().status();
    report.check("a head of 8 KB reaches the server", status == StatusCode::UNAUTHORIZED);
}

/// Failed sign-ins are limited by the address that nginx reports. A caller cannot invent another
/// one.
async fn addresses(report: &mut Report, server: &RunningServer, url: &str, http: &reqwest::Client) {
    let mut limited = false;
    for attempt in 0..40 {
        let status = sign_in(url, http, &format!("nobody{attempt}"), &format!("198.51.100.{attempt}")).await;
        limited |= status == StatusCode::TOO_MANY_REQUESTS;
    }
    report.check("an invented X-Forwarded-For does not help", limited);
    let direct = format!("http://{}", server.local_addr());
    let other = sign_in(&direct, http, "nobody", "203.0.113.7").await;
    report.check("another forwarded address is counted alone", other != StatusCode::TOO_MANY_REQUESTS);
}

async fn sign_in(url: &str, http: &reqwest::Client, username: &str, forwarded: &str) -> StatusCode {
    let page = http.get(format!("{url}/sign-in")).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let text = page.text().await.unwrap();
    let csrf = text.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("csrf", csrf.as_str()), ("username", username), ("password", "wrong")];
    let call = http.post(format!("{url}/sign-in")).header("cookie", cookie).header("x-forwarded-for", forwarded);
    call.form(&form).send().await.unwrap().status()
}
