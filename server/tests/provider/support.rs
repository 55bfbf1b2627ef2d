//! A server on a free port with a fixed clock, and phones with software keys.

/// The phone of the gateway's tests.
#[path = "../../src/gateway/tests/device.rs"]
#[allow(dead_code, reason = "the tests of the gateway use the rest")]
mod device;

use std::path::PathBuf;
use std::sync::LazyLock;

use countersign_protocol::jose::{PublicKey, SigningKey, base64url};
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::enrolment::Enrolled;
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::receipt;
use countersign_protocol::message::request::BindingMode;
use countersign_server::security_log::Destination;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use device::Device;

pub(crate) const CIBA: &str = "urn:openid:params:grant-type:ciba";
pub(crate) const SECRET: &str = "a secret of the shop: 100% &=+";
/// 22 November 2026, 07:00 UTC.
pub(crate) const NOW: i64 = 1_795_330_800;

pub(crate) struct TestServer {
    pub(crate) server: RunningServer,
    pub(crate) clock: Clock,
    pub(crate) http: Client,
    /// The phone of alice.
    pub(crate) phone: Mutex<Device>,
    data: PathBuf,
    /// Signs the assertions of the client `bank-app`.
    pub(crate) key: SigningKey,
    pub(crate) folder: TempDir,
}

/// Starts a server with a client for each binding and authentication method, two accounts, and a
/// phone for one of them.
pub(crate) async fn start() -> TestServer {
    start_with(|_| {}).await
}

/// Starts the server with a changed configuration.
pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> TestServer {
    let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let clock = Clock::fixed(Timestamp::from_seconds(NOW));
    let mut config = with_board(Config::parse(&config(key.public())).unwrap());
    config.security_log = Destination::File(folder.path().join("security.log"));
    change(&mut config);
    let server = Server::start(config, DataFolder::take(&data).unwrap(), clock.clone()).await.unwrap();
    let phone = Mutex::new(add_phone(&server, &clock, ALICE).await);
    TestServer { server, clock, http: client(), phone, data, key, folder }
}

/// The subject identifier of alice.
pub(crate) const ALICE: &str = "248289761001";

/// Adds an active phone to an account, which is named by its subject identifier.
pub(crate) async fn add_phone(server: &RunningServer, clock: &Clock, account: &str) -> Device {
    let offer = server.gateway().offer(account, "Alice <Example>").await.unwrap();
    let (phone, enrolled) = enrol(server, clock, &offer.uri).await;
    let code = phone.confirmation_code(&enrolled);
    server.gateway().confirm(account, &offer.id, &code).await.unwrap();
    phone
}

/// Enrols a phone with the link of an offer. The phone waits for its confirmation code.
pub(crate) async fn enrol(server: &RunningServer, clock: &Clock, link: &str) -> (Device, Enrolled) {
    let address = format!("http://{}", server.local_addr());
    let offer = Offer::parse(link).unwrap();
    let published = client().get(format!("{address}{}", metadata::PATH)).send().await.unwrap().text().await.unwrap();
    let keys = Metadata::open(&published, &offer.pins).unwrap().keys.keys;
    let mut phone = Device::of(address, server.issuer().to_owned(), keys, clock.clone());
    phone.model = "Phone <img src=x> \u{202e}1".to_owned();
    let enrolled = phone.enrol(link).await;
    (phone, enrolled)
}

pub(crate) fn client() -> Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) fn config(key: &PublicKey) -> String {
    let jwk = serde_json::to_string(&json!({ "keys": [key, rsa_jwk()] })).unwrap();
    let client = |id: &str, binding: &str| {
        format!(
            "[[client]]\nid = \"{id}\"\nname = \"Shop\"\nauth = \"client_secret_basic\"\nsecret = \"{SECRET}\"\n\
             binding = \"{binding}\"\nscopes = [\"openid\", \"profile\"{}]\n",
            if id == "shop" { ", \"offline_access\"" } else { "" }
        )
    };
    let clients: String =
        [("shop", "entry"), ("kiosk", "display"), ("plain", "none")].map(|(id, binding)| client(id, binding)).concat();
    format!(
        "issuer = \"http://127.0.0.1:0\"\nlisten = \"127.0.0.1:0\"\napp_link = \"http://127.0.0.1:8470\"\nsecurity_log = \"off\"\n\
         detail_types = [\"payment_initiation\", \"unheard_of\"]\n\
         {clients}\
         [[client]]\nid = \"bank-app\"\nname = \"Bank App\"\nauth = \"private_key_jwt\"\njwks = '{jwk}'\n\
         binding = \"entry\"\nscopes = [\"openid\"]\n\
         [[resource_server]]\nid = \"api\"\nauth = \"client_secret_basic\"\nsecret = \"{SECRET}\"\n\
         [[resource_server]]\nid = \"vault\"\nauth = \"private_key_jwt\"\njwks = '{jwk}'\n\
         [[account]]\nusername = \"alice\"\npassword = \"{hash}\"\nsub = \"{ALICE}\"\nname = \"Alice <Example>\"\n\
         [[account]]\nusername = \"bob\"\npassword = \"{hash}\"\nsub = \"248289761002\"\nname = \"Bob\"\n",
        hash = *PASSWORD,
    )
}

/// Adds the client `board` with the mode `choice`, and the permission for it.
fn with_board(mut config: Config) -> Config {
    config.policy.allow_choice = true;
    let mut board = config.clients["kiosk"].clone();
    board.id = "board".to_owned();
    board.binding = BindingMode::Choice;
    config.clients.insert(board.id.clone(), board);
    config
}

/// The hash of `demo`. It stays the same when a server starts again.
static PASSWORD: LazyLock<String> = LazyLock::new(|| password_hash("demo"));

/// Returns a hash of a password, with cheap parameters.
pub(crate) fn password_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    use argon2::{Algorithm, Argon2, Params, Version};
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    let hash: argon2::password_hash::phc::PasswordHash = cheap.hash_password(password.as_bytes()).unwrap();
    hash.to_string()
}

impl TestServer {
    /// Stops the server. The function changes its database. Then the server starts again with a
    /// changed configuration.
    pub(crate) async fn restart_after(
        self,
        database: impl AsyncFnOnce(sqlx::SqlitePool),
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let Self { server, clock, phone, data, key, folder, .. } = self;
        let address = server.local_addr();
        server.stop().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("countersign.db"));
        database(sqlx::SqlitePool::connect_with(options).await.unwrap()).await;
        let mut config = with_board(Config::parse(&config(key.public())).unwrap());
        config.listen = address;
        config.issuer = format!("http://{address}");
        change(&mut config);
        let server = Server::start(config, DataFolder::take(&data).unwrap(), clock.clone()).await.unwrap();
        Self { server, clock, http: client(), phone, data, key, folder }
    }

    /// Starts the server again with a changed configuration.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        self.restart_after(async |db| db.close().await, change).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.local_addr())
    }

    /// Returns a call of the backchannel endpoint by `client`.
    pub(crate) fn backchannel(&self, client: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.basic(client, "/backchannel-authentication", form)
    }

    /// Returns a call of any endpoint by `client`.
    pub(crate) fn basic(&self, client: &str, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let secret: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        self.http.post(self.url(path)).basic_auth(client, Some(secret)).form(form)
    }

    /// Makes a request of the shop and returns its `auth_req_id`.
    pub(crate) async fn request_approval(&self) -> String {
        let form = [("scope", "openid profile"), ("login_hint", "alice"), ("binding_message", "123456")];
        let body = accepted(self.backchannel("shop", &form)).await;
        body["auth_req_id"].as_str().unwrap().to_owned()
    }

    /// Returns a poll of the shop.
    pub(crate) fn poll(&self, auth_req_id: &str) -> RequestBuilder {
        self.basic("shop", "/token", &[("grant_type", CIBA), ("auth_req_id", auth_req_id)])
    }

    /// Returns the newest pending request on the phone.
    pub(crate) async fn last_request(&self) -> String {
        let phone = self.phone.lock().await;
        let seq = |jws: &String| phone.read::<countersign_protocol::message::request::Request>(jws).seq;
        phone.inbox().await.requests.into_iter().max_by_key(seq).unwrap()
    }

    /// Decides the newest pending request on the phone. `state` names the outcome.
    pub(crate) async fn decide(&self, state: &str) {
        let jws = self.last_request().await;
        let mut phone = self.phone.lock().await;
        let approval =
            |typed: &str| Decision { binding: Some(typed.to_owned()), ..phone.decision(&jws, DecisionKind::Approve) };
        let (decision, outcome) = match state {
            "approved" => (approval("123456"), receipt::Outcome::Accepted),
            "binding_mismatch" => (approval("000000"), receipt::Outcome::BindingMismatch),
            "denied" => (phone.decision(&jws, DecisionKind::Deny), receipt::Outcome::Accepted),
            "cancelled" => {
                // The last phone that can decide is removed.
                let id = phone.id.clone().unwrap();
                assert!(self.server.gateway().unenrol(ALICE, &id).await.unwrap());
                *phone = add_phone(&self.server, &self.clock, ALICE).await;
                return;
            }
            other => panic!("{other}"),
        };
        assert_eq!(phone.receipt(&phone.decide(&decision).await).outcome, outcome);
    }

    /// Returns true if the files of the database contain the text.
    pub(crate) fn database_contains(&self, text: &str) -> bool {
        ["countersign.db", "countersign.db-wal"].iter().any(|file| {
            let bytes = std::fs::read(self.data.join(file)).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    /// Returns the lines of the security log with that event.
    pub(crate) fn events(&self, event: &str) -> Vec<Value> {
        let lines: Vec<Value> = self.security_log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line["event"] == event).collect()
    }

    /// Returns the security log.
    pub(crate) fn security_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("security.log")).unwrap()
    }

    /// Returns the data folder.
    pub(crate) fn data(&self) -> &std::path::Path {
        &self.data
    }

    /// Returns a client assertion with these claims.
    pub(crate) fn assertion(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": "ES256", "kid": null}), claims)
    }

    /// Returns a JWT with exactly this header. Members that are null are left out.
    pub(crate) fn signed(&self, header: &Value, claims: &Value) -> String {
        let input = signing_input(header, claims);
        let signature = self.key.sign(input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(signature))
    }

    /// Returns the claims of a valid assertion.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": "bank-app", "sub": "bank-app", "aud": self.server.issuer(), "exp": NOW + 60, "iat": NOW,
            "jti": base64url::encode(countersign_protocol::jose::random::bytes::<16>().unwrap()),
        })
    }
}

pub(crate) fn signing_input(header: &Value, claims: &Value) -> String {
    let strip = |value: &Value| {
        let members = value.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        let members: serde_json::Map<String, Value> = members.map(|(k, v)| (k.clone(), v.clone())).collect();
        base64url::encode(serde_json::to_vec(&members).unwrap())
    };
    format!("{}.{}", strip(header), strip(claims))
}

/// The RSA key of the tests.
pub(crate) fn rsa() -> ring::signature::RsaKeyPair {
    ring::signature::RsaKeyPair::from_pkcs8(include_bytes!("rsa.pk8")).unwrap()
}

fn rsa_jwk() -> Value {
    use ring::signature::KeyPair;
    let key: ring::rsa::PublicKeyComponents<Vec<u8>> = ring::rsa::PublicKeyComponents::from(rsa().public_key());
    json!({ "kty": "RSA", "n": base64url::encode(key.n), "e": base64url::encode(key.e) })
}

/// Sends a call and expects 200 with JSON that no cache stores.
pub(crate) async fn accepted(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    assert_eq!(header(&response, "cache-control"), "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// Sends a call and expects an OAuth error with this status and code, and no other members.
pub(crate) async fn rejected(request: RequestBuilder, status: u16, code: &str) -> Value {
    let response = request.send().await.unwrap();
    let found = response.status();
    assert_eq!(header(&response, "cache-control"), "no-store");
    let challenged = response.headers().contains_key("www-authenticate");
    let body: Value = response.json().await.unwrap();
    assert_eq!((found.as_u16(), body["error"].as_str().unwrap()), (status, code), "{body}");
    assert_eq!(challenged, status == 401, "a challenge comes with 401 and only there");
    assert!(body.as_object().unwrap().keys().all(|key| key == "error" || key == "error_description"), "{body}");
    body
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}
