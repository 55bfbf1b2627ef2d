//! Records the log of a whole run and checks that it contains no code, token, key or password.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::bank::{Bank, USER, USERNAME};
use super::log::Log;
use super::phone::TestPhone;

/// A code that nothing else prints.
const CODE: &str = "907313";
const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn complete_log_contains_no_secret() {
    let log = Log::keep();
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::open(folder.path());
    let offer = bank.gateway().offer(USER, "Alice Example").await.unwrap();
    let link = phone.device.parse_offer(&offer.uri).unwrap();
    let one_time_code = link.code.expose().to_owned();
    let push = countersign_core::message::enrolment::PushAddress {
        kind: countersign_core::message::enrolment::PushKind::Stream,
        token: None,
    };
    let enrolment = phone.device.enrol(link, push).await.unwrap();
    let confirm_code = enrolment.confirm_code.unwrap();
    bank.gateway().confirm(USER, &offer.id, &confirm_code).await.unwrap();
    phone.refresh().await;

    let shop = Shop::of(&bank);
    let asked = shop.post(
        "/backchannel-authentication",
        &[("scope", "openid profile offline_access"), ("login_hint", USERNAME), ("binding_message", CODE)],
    );
    let asked = asked.await;
    let auth_req_id = text(&asked, "auth_req_id");
    let txn = phone.asked().await;
    phone.approve(&txn, Some(CODE)).await.unwrap();
    let grant = ("grant_type", "urn:openid:params:grant-type:ciba");
    let tokens = shop.post("/token", &[grant, ("auth_req_id", &auth_req_id)]).await;
    shop.wrong_password().await;

    let mut secrets = vec![
        CODE.to_owned(),
        confirm_code,
        one_time_code,
        auth_req_id,
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        text(&tokens, "id_token"),
        shop.secret.clone(),
        PASSWORD.to_owned(),
    ];
    secrets.extend(keys_of(&bank, &phone));
    let log = log.text();
    assert!(log.contains("sqlx") && log.lines().count() > 100, "the log was kept");
    for secret in secrets {
        assert!(secret.len() >= 6);
        if let Some(at) = log.find(&secret) {
            let line = log[..at].lines().count();
            panic!("the log holds a secret of {} characters in line {line}", secret.len());
        }
    }
}

/// Returns the private keys of both sides in every form in which they might be printed.
fn keys_of(bank: &Bank, phone: &TestPhone) -> Vec<String> {
    let mut keys = Vec::new();
    for secret in phone.secrets() {
        keys.push(URL_SAFE_NO_PAD.encode(&secret));
        keys.push(STANDARD.encode(&secret));
        keys.push(secret.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    let file = std::fs::read(bank.files().join("keys.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    keys.extend(["device", "next", "id_token"].map(|key| file[key].as_str().unwrap().to_owned()));
    keys
}

/// The developer's client.
struct Shop {
    http: reqwest::Client,
    issuer: String,
    secret: String,
}

impl Shop {
    fn of(bank: &Bank) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, issuer: bank.server().issuer().to_owned(), secret: bank.client_secret() }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request =
            self.http.post(format!("{}{path}", self.issuer)).basic_auth("shop", Some(&self.secret)).form(form);
        let response = request.send().await.unwrap();
        let (status, body): (_, Value) = (response.status(), response.json().await.unwrap());
        assert!(status.is_success(), "{body}");
        body
    }

    /// Tries to sign in with a wrong password.
    async fn wrong_password(&self) {
        let url = format!("{}/sign-in", self.issuer);
        let page = self.http.get(&url).send().await.unwrap();
        let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let csrf = cookie.split_once('=').unwrap().1.to_owned();
        let form = [("csrf", csrf.as_str()), ("username", USERNAME), ("password", PASSWORD)];
        let answer = self.http.post(&url).header("cookie", cookie).header("origin", &self.issuer).form(&form);
        assert_eq!(answer.send().await.unwrap().status(), 403);
    }
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap().to_owned()
}
