//! Tests of starting and stopping: errors are explained, and nothing is left behind.

use std::net::TcpListener;
use std::path::Path;

use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::SigningKey;
use countersign_protocol::message::claims::Timestamp;
use countersign_server::config::{ClientAuth, ConfigError, Secret};
use countersign_server::keys::KeysError;
use countersign_server::store::{DataFolder, FolderError, OpenError};
use countersign_server::{Clock, Config, Server, StartError};

use jsonwebtoken::jwk::AlgorithmParameters;
use serde_json::json;

use crate::support::{ALICE, NOW, add_phone, client, config};

fn good_config() -> Config {
    Config::parse(&text()).unwrap()
}

fn text() -> String {
    let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
    config(key.public())
}

/// Writes a file that only its owner can read, as the server requires.
fn private(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn clock() -> Clock {
    Clock::fixed(Timestamp::from_seconds(NOW))
}

#[tokio::test]
async fn stopped_server_frees_port_and_folder_keeps_data() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let server = Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await.unwrap();
    let address = server.local_addr();
    let jwks = format!("http://{address}/jwks");
    let first = client().get(&jwks).send().await.unwrap().text().await.unwrap();
    assert!(matches!(DataFolder::take(&path), Err(FolderError::Locked { .. })));
    server.stop().await;

    let mut config = good_config();
    config.listen = address;
    let server = Server::start(config, DataFolder::take(&path).unwrap(), clock()).await.unwrap();
    let second = client().get(&jwks).send().await.unwrap().text().await.unwrap();
    assert_eq!(first, second, "the same keys");
    server.stop().await;
}

#[tokio::test]
async fn server_reports_its_stop_before_it_refuses_connections() {
    let parent = tempfile::tempdir().unwrap();
    let mut config = good_config();
    config.limits.drain_s = 2;
    let server = Server::start(config, DataFolder::take(&parent.path().join("data")).unwrap(), clock()).await.unwrap();
    let ready = format!("{}/readyz", server.issuer());
    assert_eq!(client().get(&ready).send().await.unwrap().status(), 200);
    let stop = tokio::spawn(server.stop());
    // Each call has a connection of its own.
    while client().get(&ready).send().await.unwrap().status() != 503 {}
    stop.await.unwrap();
    client().get(&ready).send().await.unwrap_err();
}

#[tokio::test]
async fn hanging_connection_does_not_block_stop() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let server = Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await.unwrap();
    let mut hanging = tokio::net::TcpStream::connect(server.local_addr()).await.unwrap();
    let half = format!("POST /token HTTP/1.1\r\nhost: {}\r\ncontent-length: 100\r\n\r\nhalf", server.local_addr());
    tokio::io::AsyncWriteExt::write_all(&mut hanging, half.as_bytes()).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), server.stop()).await.unwrap();
    DataFolder::take(&path).unwrap();
}

#[tokio::test]
async fn health_and_root_redirect_respond() {
    let parent = tempfile::tempdir().unwrap();
    let server =
        Server::start(good_config(), DataFolder::take(&parent.path().join("data")).unwrap(), clock()).await.unwrap();
    for path in ["/healthz", "/readyz"] {
        let health = client().get(format!("{}{path}", server.issuer())).send().await.unwrap();
        assert_eq!((health.status().as_u16(), &health.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
        assert_eq!(health.json::<serde_json::Value>().await.unwrap()["ready"], true);
    }
    let alive = client().get(format!("{}/livez", server.issuer())).send().await.unwrap();
    assert_eq!((alive.status().as_u16(), alive.text().await.unwrap().as_str()), (200, "ok\n"));
    let root = client().get(format!("{}/", server.issuer())).send().await.unwrap();
    assert_eq!((root.status().as_u16(), &root.headers()["location"]), (303, &"/phones".parse().unwrap()));
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private_even_in_an_open_folder() {
    use std::os::unix::fs::PermissionsExt;
    let open = tempfile::tempdir().unwrap();
    std::fs::set_permissions(open.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let _server = Server::start(good_config(), DataFolder::take(open.path()).unwrap(), clock()).await.unwrap();
    let mut found = 0;
    for entry in std::fs::read_dir(open.path()).unwrap() {
        let entry = entry.unwrap();
        let holds_something = entry.metadata().unwrap().len() > 0;
        assert!(!holds_something || entry.metadata().unwrap().permissions().mode() & 0o077 == 0, "{entry:?}");
        found += usize::from(holds_something);
    }
    assert!(found >= 3, "keys, database and its log");
}

#[tokio::test]
async fn taken_port_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = good_config();
    config.listen = taken.local_addr().unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::take(&parent.path().join("data")).unwrap();
    let error = Server::start(config, folder, clock()).await.unwrap_err();
    assert!(matches!(error, StartError::PortTaken(_)));
    assert!(error.to_string().contains("already in use"), "{error}");
}

#[tokio::test]
async fn damaged_database_is_rejected_and_unchanged() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let server = Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await.unwrap();
    server.stop().await;
    let file = path.join("countersign.db");
    let healthy = std::fs::read(&file).unwrap();

    let mut torn = healthy.clone();
    torn[4096..12_288].fill(0x5a);
    let cut = healthy[..healthy.len() / 2].to_vec();
    for damaged in [b"this is not a database at all".to_vec(), torn, cut] {
        std::fs::write(&file, &damaged).unwrap();
        let error = Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await.unwrap_err();
        assert!(matches!(error, StartError::Database(OpenError::Damaged { .. })), "{error}");
        assert!(error.to_string().contains("left as it is"), "{error}");
        assert!(std::fs::read(&file).unwrap() == damaged, "the file was touched");
    }
    std::fs::write(&file, healthy).unwrap();
    Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await.unwrap().stop().await;
}

#[tokio::test]
async fn lost_keys_are_not_replaced_if_phones_exist() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let start = async || Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await;
    start().await.unwrap().stop().await;
    std::fs::remove_file(path.join("keys.json")).unwrap();
    let server = start().await.unwrap();
    add_phone(&server, &clock(), ALICE).await;
    server.stop().await;
    let keys = std::fs::read(path.join("keys.json")).unwrap();

    std::fs::remove_file(path.join("keys.json")).unwrap();
    let error = start().await.unwrap_err();
    assert!(matches!(error, StartError::Keys(KeysError::Missing { .. })), "{error}");
    assert!(error.to_string().contains("restore the file") && error.to_string().contains("move the database away"));
    assert!(!path.join("keys.json").exists());
    private(&path.join("keys.json"), &keys);
    start().await.unwrap().stop().await;
}

#[tokio::test]
async fn lost_database_is_not_replaced() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let start = async || Server::start(good_config(), DataFolder::take(&path).unwrap(), clock()).await;
    start().await.unwrap().stop().await;
    let file = path.join("countersign.db");
    let content = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let error = start().await.unwrap_err();
    assert!(matches!(error, StartError::Database(OpenError::Missing { .. })), "{error}");
    assert!(error.to_string().contains("restore the database") && !file.exists(), "{error}");
    private(&file, &content);
    start().await.unwrap().stop().await;
}

#[tokio::test]
async fn foreign_host_is_rejected_without_tls() {
    let parent = tempfile::tempdir().unwrap();
    let data = |name: &str| DataFolder::take(&parent.path().join(name)).unwrap();
    let server = Server::start(good_config(), data("one"), clock()).await.unwrap();
    let own = server.local_addr();
    let paths = ["/healthz", "/jwks", "/sign-in", "/.well-known/authentication-device", "/adp/v1/requests", "/nowhere"];
    for path in paths {
        for host in
            ["evil.example", &format!("evil.example:{}", own.port()), "127.0.0.1", &format!("localhost:{}", own.port())]
        {
            let call = client().get(format!("{}{path}", server.issuer())).header("host", host);
            let rejected = call.send().await.unwrap();
            assert_eq!(rejected.status(), 421, "{path} {host}");
            assert_eq!(rejected.headers()["content-type"], "application/problem+json");
        }
        let answer = client().get(format!("{}{path}", server.issuer())).send().await.unwrap();
        assert_ne!(answer.status(), 421, "{path}");
    }

    let mut config = good_config();
    config.issuer = "https://login.example.com".to_owned();
    let behind_tls = Server::start(config, data("two"), clock()).await.unwrap();
    let health = client().get(format!("http://{}/healthz", behind_tls.local_addr())).header("host", "inside");
    assert_eq!(health.send().await.unwrap().status(), 200, "the certificate vouches for the name");
}

#[tokio::test]
async fn public_address_requires_https_issuer() {
    let mut config = good_config();
    config.listen = "0.0.0.0:0".parse().unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::take(&parent.path().join("data")).unwrap();
    let error = Server::start(config.clone(), folder, clock()).await.unwrap_err();
    assert!(matches!(error, StartError::Config(ConfigError::Value { .. })));
    assert!(error.to_string().contains("https"), "{error}");
    config.issuer = "https://login.example.com".to_owned();
    config.check().unwrap();
}

#[test]
fn config_errors_name_the_field_and_no_secret() {
    let good = text();
    let long = format!("https://{}.example", "a.".repeat(31) + "a");
    for (find, replace, says) in [
        ("issuer = ", "isuer = ", "line 1 of the configuration: unknown field `isuer`"),
        ("app_link = ", "app_link = 7 #", "line 3 of the configuration: expected a string"),
        ("http://127.0.0.1:0", "http://login.example.com", "issuer: must be https"),
        ("http://127.0.0.1:0", "http://127.0.0.1:0/path", "issuer: write scheme, host and port only"),
        ("http://127.0.0.1:0", "https://Login.example.com", "issuer: write scheme, host and port only, in lower case"),
        ("http://127.0.0.1:0", "https://login.example.com.", "issuer: not an issuer"),
        ("http://127.0.0.1:0", "https://log_in.example.com", "issuer: not an issuer"),
        ("http://127.0.0.1:0", &long, "issuer: the issuer cannot be shown: use at most 70 characters"),
        ("http://127.0.0.1:8470", "ftp://127.0.0.1", "app_link: must be https"),
        ("listen = \"127.0.0.1:0\"", "listen = \"here\"", "listen: write an address and a port"),
        ("id = \"kiosk\"", "id = \"shop\"", "client shop: this id is used twice"),
        ("username = \"bob\"", "username = \"alice\"", "account alice: this username is used twice"),
        ("binding = \"entry\"", "binding = \"nfc\"", "unknown variant `nfc`, expected one of `none`, `display`"),
        ("scopes = [\"openid\", \"profile\"]", "scopes = [\"profile\"]", "scopes: must contain \"openid\""),
        ("password = \"$argon2id", "password = \"plain$argon2id", "password: write an argon2 hash"),
        ("m=64,t=1,p=1", "m=262145,t=1,p=1", "password: costs too much"),
        ("m=64,t=1,p=1", "m=64,t=17,p=1", "password: costs too much"),
        ("m=64,t=1,p=1", "m=72,t=1,p=9", "password: costs too much"),
        ("m=64,t=1,p=1", "m=64,t=0,p=1", "password: write an argon2 hash"),
        ("[[account]]", "[keys]\nmin_rotation_days = 3651\n[[account]]", "keys: min_rotation_days: write 0 to 3650"),
        ("sub = \"248289761001\"", "sub = \"a b\"", "sub: write 1 to 255 printable ASCII"),
        ("sub = \"248289761002\"", "sub = \"248289761001\"", "account bob: sub: is another account's too"),
        ("auth = \"private_key_jwt\"", "auth = \"client_secret_basic\"", "client_secret_basic needs `secret`"),
        ("\"keys\":[{", "\"keys\":[{\"d\":\"AAAA\",", "jwks: holds a private key"),
        ("\"crv\":\"P-256\"", "\"crv\":\"P-384\"", "jwks: write at least one key, each P-256"),
        (&format!("secret = \"{}\"", crate::support::SECRET), "secret = \"short\"", "secret: write at least 16"),
        ("[[account]]", "[policy]\nbinding_floor = \"entry\"\n[[account]]", "binding: is weaker than `binding_floor`"),
        (
            "[[account]]",
            "[policy]\nbinding_floor = \"choice\"\n[[account]]",
            "policy: binding_floor: a user who guesses picks the right one of three values in one of three cases: write \
             \"entry\" or \"scan\", or `allow_choice = true` beside it",
        ),
        (
            "binding = \"display\"",
            "binding = \"choice\"",
            "client kiosk: binding: a user who guesses picks the right one of three values in one of three cases: write \
             \"entry\" or \"scan\", or `allow_choice = true` in [policy]",
        ),
        ("[[account]]", "[policy]\nmin_app_version = \"2.x\"\n[[account]]", "not an app version: use 1 to 4 numbers"),
        ("[[account]]", "[policy]\nrequest_lifetime_s = 601\n[[account]]", "request_lifetime_s: write 1 to 600"),
        ("[[account]]", "[policy]\nphones_per_account = 0\n[[account]]", "policy: phones_per_account: write 1 to 100"),
        ("[[account]]", "[limits]\nconnections = 63\n[[account]]", "limits: connections: write 64 to 65536"),
        ("[[account]]", "[limits]\nstreams = 2049\n[[account]]", "limits: streams: write 1 to 2048, half of"),
        ("name = \"Shop\"", "name = \"Demo\\u202e Shop\"", "client shop: name: phones do not show this name: U+202E"),
        ("name = \"Shop\"", "name = \"Dеmo\"", "name: phones do not show this name: the name imitates Latin"),
        ("name = \"Shop\"", "name = \"Shop 🛒\"", "name: phones do not show this name: U+1F6D2 is not allowed"),
        ("app_link = ", "name = \"Bank\\u200b\"\napp_link = ", "name: phones do not show this name: U+200B"),
        ("name = \"Bob\"", "name = \"Bob\\u202e\"", "account bob: name: phones do not show this name"),
        ("[[account]]", "[policy]\naccount_requests_per_minute = 0\n[[account]]", "write 1 to 1000000"),
        ("[[account]]", "[policy]\nclient_rejected_requests_per_minute = 0\n[[account]]", "write 1 to 1000000"),
        (
            "[[account]]",
            "[policy]\naccount_pending_requests = 17\n[[account]]",
            "account_pending_requests: write 1 to 16",
        ),
        ("[[account]]", "[policy]\nclient_account_pending_requests = 0\n[[account]]", "write 1 to 16"),
        ("[[account]]", "[policy]\nbinding_failures = 0\n[[account]]", "binding_failures: write 1 to 100"),
        ("[[account]]", "[policy]\ncool_down_s = 4000000000\n[[account]]", "cool_down_s: write 1 to 86400"),
        ("[[account]]", "[policy]\nquiet_s = 86401\n[[account]]", "quiet_s: write 1 to 86400"),
        ("security_log = \"off\"", "security_log = \"log.json\"", "security_log: write \"stderr\", \"stdout\""),
        ("app_link = ", "earlier_declared_types = [\"[\"]\napp_link = ", "earlier_declared_types: the document"),
        ("[[account]]", "[policy]\ndisplay_model_floor = \"2\"\n[[account]]", "expected `3` or `4`"),
        ("\"e\":\"AQAB\"", "\"e\":\"AQ\"", "jwks: write at least one key"),
        ("\"n\":\"", "\"n\":\"AAAA", "jwks: write at least one key"),
        ("[[account]]", "[policy]\nphone_calls_burst = 0\n[[account]]", "phone_calls_burst: write 1 to 1000000"),
        ("[[account]]", "[policy]\nclient_calls_per_minute = 5\n[[account]]", "calls_per_minute: write 6 to 1000000"),
        ("app_link = ", "evidence_days = 0\napp_link = ", "evidence_days: write 1 to 36500"),
        ("app_link = ", "evidence_days = 396\napp_link = ", "write at least 397, or `short_evidence = true`"),
        ("app_link = ", "trusted_proxy = \"yes\"\napp_link = ", "line 3 of the configuration: expected a boolean"),
        ("[[account]]", "[policy]\nrequest_lifetime_s = -1\n[[account]]", "of the configuration: expected"),
    ] {
        let bad = good.replacen(find, replace, 1);
        assert_ne!(bad, good, "{find}");
        let error = Config::parse(&bad).unwrap_err().to_string();
        assert!(error.contains(says), "{error:?} should say {says:?}");
    }
    let permitted = good.replacen("binding = \"display\"", "binding = \"choice\"", 1);
    let permitted = permitted.replacen("[[account]]", "[policy]\nallow_choice = true\n[[account]]", 1);
    assert!(Config::parse(&permitted).unwrap().policy.allow_choice);
    let short = good.replacen("app_link = ", "evidence_days = 30\nshort_evidence = true\napp_link = ", 1);
    assert_eq!(Config::parse(&short).unwrap().evidence_days, 30);
    let mut off_curve = good_config();
    for client in off_curve.clients.values_mut() {
        if let ClientAuth::PrivateKeyJwt(keys) = &mut client.auth {
            let AlgorithmParameters::EllipticCurve(key) = &mut keys.keys[0].algorithm else { panic!() };
            std::mem::swap(&mut key.x, &mut key.y);
        }
    }
    let error = off_curve.check().unwrap_err().to_string();
    assert!(error.contains("with a point on the curve"), "{error}");
    let error = Config::parse(&good.replacen("secret = \"", "secret = 4711 #\"", 1)).unwrap_err().to_string();
    assert!(!error.contains("4711") && !error.contains("a secret"), "{error}");
    assert!(!format!("{:?}", Config::parse(&good).unwrap()).contains("a secret"));
}

#[test]
fn earlier_declared_types_are_found_by_their_digest() {
    let document = |title: &str| {
        let words = |text: &str| json!({"en": text, "de": text, "fr": text, "es": text, "ja": text});
        let member = json!({"name": "limit", "label": words("Limit"), "kind": "amount", "required": true});
        json!([{"type": "limit_change", "title": words(title), "members": [member]}]).to_string()
    };
    let [earlier, current] = ["Limit", "New limit"].map(document);
    let lines = format!("declared_types = '{current}'\nearlier_declared_types = ['{earlier}']\napp_link = ");
    let types = Config::parse(&text().replacen("app_link = ", &lines, 1)).unwrap().declared_types;
    let [earlier, current] = [earlier, current].map(|document| DetailTypes::parse(&document).unwrap().digest());
    assert_ne!(earlier, current);
    for (digest, expected) in [(earlier, earlier), (current, current), (None, current)] {
        assert_eq!(types.named(digest).digest(), expected);
    }
}

#[test]
fn settings_that_are_probably_not_intended_are_reported() {
    let mut config = good_config();
    assert_eq!(config.warnings(), [""; 0]);
    config.issuer = "http://127.0.0.1:8461".to_owned();
    config.listen = "127.0.0.1:8460".parse().unwrap();
    config.accounts.get_mut("bob").unwrap().password =
        Secret::new("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$b3V0cHV0b3V0cHV0".to_owned());
    let warnings = config.warnings();
    assert!(warnings[0].contains("port 8461") && warnings[0].contains("port 8460"), "{warnings:?}");
    assert!(warnings[1].contains("reveals that 1 of the accounts exist"), "{warnings:?}");
    config.issuer = "https://login.example.com".to_owned();
    let warnings = config.warnings();
    assert!(warnings[0].contains("trusted_proxy = true"), "{warnings:?}");
    assert!(warnings.iter().all(|warning| !warning.contains("  ")), "{warnings:?}");
}

#[tokio::test]
async fn every_response_forbids_content_sniffing_and_requires_tls() {
    let parent = tempfile::tempdir().unwrap();
    let mut config = good_config();
    config.issuer = "https://login.example.com".to_owned();
    let folder = DataFolder::take(&parent.path().join("data")).unwrap();
    let server = Server::start(config, folder, clock()).await.unwrap();
    for path in [
        "/healthz",
        "/jwks",
        "/.well-known/openid-configuration",
        "/.well-known/authentication-device",
        "/token",
        "/userinfo",
        "/adp/v1/requests",
        "/sign-in",
        "/assets/style.css",
        "/nowhere",
    ] {
        let response = client().get(format!("http://{}{path}", server.local_addr())).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("strict-transport-security"), Some("max-age=31536000"), "{path}");
    }
}
