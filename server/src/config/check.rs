//! Rules for every configuration. Each error says what to write instead.

use std::collections::HashSet;

use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use countersign_protocol::jose::{PublicKey, base64url};
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::inbox::MAX_REQUESTS;
use countersign_protocol::message::request::{BindingMode, MAX_LIFETIME_SECS};
use countersign_protocol::text as drawn;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use url::{Host, Url};

use super::{Account, Client, ClientAuth, Config, ConfigError, ResourceServer};
use crate::model::signature_algorithm;
use crate::policy::RequestPolicy;

/// The shortest time for evidence without `short_evidence`: the 13 months of PSD2, Article 71.
const MIN_EVIDENCE_DAYS: u32 = 397;

/// The longest time for evidence: a hundred years.
const MAX_EVIDENCE_DAYS: u32 = 36_500;

/// The memory of one password check. Anyone can cause checks. The limit is four times the memory
/// that RFC 9106, section 4, recommends for small machines.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The passes of one password check.
const MAX_PASSES: u32 = 16;
/// The lanes of one password check.
const MAX_LANES: u32 = 8;

/// The most phones of one account. Each request is signed and stored for each phone.
const MAX_PHONES_PER_ACCOUNT: u32 = 100;

/// The longest time between two key rotations: ten years.
const MAX_ROTATION_DAYS: u32 = 3_650;

pub(super) fn config(config: &Config) -> Result<(), ConfigError> {
    let issuer = base_address("issuer", &config.issuer)?;
    base_address("app_link", &config.app_link)?;
    if !config.listen.ip().is_loopback() && issuer.scheme() != "https" {
        return wrong(
            "listen".to_owned(),
            format!(
                "{} can be reached from other machines, so `issuer` must be the public https address in front of it; \
                 for this machine only, write 127.0.0.1:{}",
                config.listen,
                config.listen.port()
            ),
        );
    }
    name("name".to_owned(), &config.name)?;
    if !(1..=MAX_EVIDENCE_DAYS).contains(&config.evidence_days) {
        return wrong("evidence_days".to_owned(), format!("write 1 to {MAX_EVIDENCE_DAYS}"));
    }
    if config.evidence_days < MIN_EVIDENCE_DAYS && !config.short_evidence {
        let reason = format!(
            "users can dispute a payment for 13 months (PSD2, Article 71): write at least {MIN_EVIDENCE_DAYS}, or \
             `short_evidence = true` beside it if the evidence of this server is not needed for so long"
        );
        return wrong("evidence_days".to_owned(), reason);
    }
    policy(&config.policy)?;
    if config.keys.min_rotation_days > MAX_ROTATION_DAYS {
        return wrong("keys: min_rotation_days".to_owned(), format!("write 0 to {MAX_ROTATION_DAYS}"));
    }
    if let Some((name, reason)) = config.limits.mistake() {
        return wrong(format!("limits: {name}"), reason);
    }
    config.clients.values().try_for_each(|entry| client(entry, &config.policy))?;
    config.resource_servers.values().try_for_each(resource_server)?;
    config.accounts.values().try_for_each(account)?;
    let mut subs = HashSet::new();
    match config.accounts.values().find(|account| !subs.insert(&account.sub)) {
        // Clients identify people by `sub` (OpenID Connect Core, section 5.7).
        Some(twice) => wrong(format!("account {}: sub", twice.username), "is another account's too".to_owned()),
        None => Ok(()),
    }
}

/// The longest cool-down and the longest quiet time: a day.
const MAX_PAUSE_SECS: u32 = 24 * 3_600;

/// The largest rate. A larger one would be no limit.
const MAX_PER_MINUTE: u32 = 1_000_000;

/// The most wrong binding values in a row, and the most denials as `not_me`.
const MAX_FAILURES: u32 = 100;

fn policy(policy: &RequestPolicy) -> Result<(), ConfigError> {
    let max_lifetime = u32::try_from(MAX_LIFETIME_SECS).unwrap_or(u32::MAX);
    let max_pending = u32::try_from(MAX_REQUESTS).unwrap_or(u32::MAX);
    for (name, value, min, max) in [
        ("request_lifetime_s", policy.request_lifetime_s, 1, max_lifetime),
        ("interval_s", policy.interval_s, 1, 60),
        ("min_shown_ms", policy.min_shown_ms, 0, 60_000),
        ("phones_per_account", policy.phones_per_account, 1, MAX_PHONES_PER_ACCOUNT),
        ("account_requests_per_minute", policy.account_requests_per_minute, 1, MAX_PER_MINUTE),
        ("client_requests_per_minute", policy.client_requests_per_minute, 1, MAX_PER_MINUTE),
        ("client_rejected_requests_per_minute", policy.client_rejected_requests_per_minute, 1, MAX_PER_MINUTE),
        ("client_account_requests_per_minute", policy.client_account_requests_per_minute, 1, MAX_PER_MINUTE),
        // An inbox holds no more requests.
        ("account_pending_requests", policy.account_pending_requests, 1, max_pending),
        ("client_account_pending_requests", policy.client_account_pending_requests, 1, max_pending),
        ("phone_calls_per_minute", policy.phone_calls_per_minute, 1, MAX_PER_MINUTE),
        ("phone_calls_burst", policy.phone_calls_burst, 1, MAX_PER_MINUTE),
        // A sixth of the calls can come at once.
        ("client_calls_per_minute", policy.client_calls_per_minute, 6, MAX_PER_MINUTE),
        ("binding_failures", policy.binding_failures, 1, MAX_FAILURES),
        ("cool_down_s", policy.cool_down_s, 1, MAX_PAUSE_SECS),
        ("not_me_denials", policy.not_me_denials, 1, MAX_FAILURES),
        ("quiet_s", policy.quiet_s, 1, MAX_PAUSE_SECS),
    ] {
        if !(min..=max).contains(&value) {
            return wrong(format!("policy: {name}"), format!("write {min} to {max}"));
        }
    }
    if policy.binding_floor == BindingMode::Choice && !policy.allow_choice {
        return wrong("policy: binding_floor".to_owned(), format!("{GUESSED}, or `allow_choice = true` beside it"));
    }
    Ok(())
}

/// The start of the errors about the mode `choice`.
const GUESSED: &str = "a user who guesses picks the right one of three values in one of three cases: write \"entry\" \
                       or \"scan\"";

fn client(client: &Client, policy: &RequestPolicy) -> Result<(), ConfigError> {
    let field = |name: &str| format!("client {}: {name}", client.id);
    text(field("id"), &client.id, 100)?;
    name(field("name"), &client.name)?;
    authentication(field, &client.auth)?;
    if client.binding < policy.binding_floor {
        return wrong(field("binding"), "is weaker than `binding_floor` in [policy]".to_owned());
    }
    if !policy.accepts(client.binding) {
        return wrong(field("binding"), format!("{GUESSED}, or `allow_choice = true` in [policy]"));
    }
    if !client.scopes.iter().any(|scope| scope == "openid") {
        return wrong(field("scopes"), "must contain \"openid\"".to_owned());
    }
    if let Some(bad) = client.scopes.iter().find(|scope| !is_scope(scope)) {
        return wrong(
            field("scopes"),
            format!("{bad:?} is not a scope: printable ASCII without spaces, quotes and \\"),
        );
    }
    Ok(())
}

fn resource_server(server: &ResourceServer) -> Result<(), ConfigError> {
    let field = |name: &str| format!("resource_server {}: {name}", server.id);
    text(field("id"), &server.id, 100)?;
    authentication(field, &server.auth)
}

fn authentication(field: impl Fn(&str) -> String, auth: &ClientAuth) -> Result<(), ConfigError> {
    match auth {
        ClientAuth::SecretBasic(secret) if secret.expose().chars().count() < 16 => {
            wrong(field("secret"), "write at least 16 random characters".to_owned())
        }
        ClientAuth::SecretBasic(_) => Ok(()),
        ClientAuth::PrivateKeyJwt(keys) => key_set(field("jwks"), keys),
    }
}

fn account(account: &Account) -> Result<(), ConfigError> {
    let field = |name: &str| format!("account {}: {name}", account.username);
    text(field("username"), &account.username, 200)?;
    name(field("name"), &account.name)?;
    let hash = PasswordHash::new(account.password.expose()).ok();
    let hash = hash.filter(|hash| hash.algorithm.as_str().starts_with("argon2"));
    let Some(cost) = hash.and_then(|hash| Params::try_from(&hash).ok()) else {
        return wrong(field("password"), "write an argon2 hash, as $argon2id$v=19$…, never the password".to_owned());
    };
    if cost.m_cost() > MAX_MEMORY_KIB || cost.t_cost() > MAX_PASSES || cost.p_cost() > MAX_LANES {
        let max = format!("m={MAX_MEMORY_KIB},t={MAX_PASSES},p={MAX_LANES}");
        return wrong(field("password"), format!("costs too much at every attempt to sign in: write at most {max}"));
    }
    // OpenID Connect Core, section 2: at most 255 ASCII characters.
    if account.sub.is_empty() || account.sub.len() > 255 || !account.sub.bytes().all(|b| b.is_ascii_graphic()) {
        return wrong(field("sub"), "write 1 to 255 printable ASCII characters without spaces".to_owned());
    }
    Ok(())
}

/// Checks an address of scheme, host and optional port: `https`, or `http` on a loopback host.
fn base_address(field: &str, address: &str) -> Result<Url, ConfigError> {
    let wrong = |reason: &str| Err(ConfigError::Value { field: field.to_owned(), reason: reason.to_owned() });
    let Ok(url) = Url::parse(address) else {
        return wrong("write an address, as https://login.example.com");
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return wrong("must be https; http is for 127.0.0.1 and localhost only"),
    }
    // The comparison with the parsed origin excludes a path, a user name and other spellings.
    if url.origin().ascii_serialization() != address {
        return wrong("write scheme, host and port only, in lower case, without path or a slash at the end");
    }
    // Phones show the address, and an offer link has a maximum length.
    address
        .parse::<Issuer>()
        .map_err(|error| ConfigError::Value { field: field.to_owned(), reason: error.to_string() })?;
    Ok(url)
}

/// Returns true if the host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn key_set(field: String, keys: &JwkSet) -> Result<(), ConfigError> {
    if keys.keys.is_empty() || !keys.keys.iter().all(|key| is_usable(&key.algorithm)) {
        return wrong(
            field,
            "write at least one key, each P-256 with a point on the curve, or RSA with 2048 to 8192 bits".to_owned(),
        );
    }
    if keys.keys.iter().any(|key| signature_algorithm(key).is_none()) {
        let rule = "a key has another purpose than signatures: leave out `use`, `alg` and `key_ops`, or write \
                    use = \"sig\", alg = \"ES256\" (P-256) or \"PS256\" (RSA), and key_ops with \"verify\"";
        return wrong(field, rule.to_owned());
    }
    Ok(())
}

/// Returns true for keys that can verify a signature: the point of a P-256 key is on the curve, and
/// an RSA key has the sizes that the verification accepts.
fn is_usable(parameters: &AlgorithmParameters) -> bool {
    match parameters {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            let coordinates = base64url::decode_array(&key.x).ok().zip(base64url::decode_array(&key.y).ok());
            coordinates.is_some_and(|(x, y)| PublicKey::from_coordinates(&x, &y).is_ok())
        }
        AlgorithmParameters::RSA(key) => {
            let number = |text: &str| base64url::decode(text).ok().filter(|bytes| bytes.first() != Some(&0));
            let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last % 2 == 1);
            let (modulus, exponent) = (number(&key.n), number(&key.e));
            let has_size = |n: &Vec<u8>| (256..=1024).contains(&n.len()) && (n.len() > 256 || n.first() >= Some(&0x80));
            modulus.is_some_and(|n| has_size(&n) && is_odd(&n))
                && exponent.is_some_and(|e| (1..=4).contains(&e.len()) && is_odd(&e) && e != [1])
        }
        _ => false,
    }
}

/// Checks a name that phones show. A request with a name that a phone rejects cannot be approved.
fn name(field: String, value: &str) -> Result<(), ConfigError> {
    text(field.clone(), value, 64)?;
    match drawn::name(value).flaw() {
        Some(flaw) => wrong(field, format!("phones do not show this name: {flaw}")),
        None => Ok(()),
    }
}

fn text(field: String, value: &str, max_chars: usize) -> Result<(), ConfigError> {
    if value.trim().is_empty() || value.chars().count() > max_chars || value.chars().any(char::is_control) {
        return wrong(field, format!("write 1 to {max_chars} characters"));
    }
    Ok(())
}

/// Returns true for a `scope-token` (RFC 6749, section 3.3).
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

fn wrong(field: String, reason: String) -> Result<(), ConfigError> {
    Err(ConfigError::Value { field, reason })
}
