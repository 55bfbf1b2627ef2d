//! Rules for every configuration. Each error says what to write instead.

use std::collections::HashSet;

use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::request::{BindingMode, MAX_LIFETIME_SECS};
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
    text("name".to_owned(), &config.name, 64)?;
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
    config.clients.values().try_for_each(|entry| client(entry, config.policy.binding_floor))?;
    config.resource_servers.values().try_for_each(resource_server)?;
    config.accounts.values().try_for_each(account)?;
    let mut subs = HashSet::new();
    match config.accounts.values().find(|account| !subs.insert(&account.sub)) {
        // Clients identify people by `sub` (OpenID Connect Core, section 5.7).
        Some(twice) => wrong(format!("account {}: sub", twice.username), "is another account's too".to_owned()),
        None => Ok(()),
    }
}

fn policy(policy: &RequestPolicy) -> Result<(), ConfigError> {
    if !(1..=MAX_LIFETIME_SECS).contains(&policy.request_lifetime_s.into()) {
        return wrong("policy: request_lifetime_s".to_owned(), format!("write 1 to {MAX_LIFETIME_SECS}"));
    }
    if !(1..=60).contains(&policy.interval_s) {
        return wrong("policy: interval_s".to_owned(), "write 1 to 60".to_owned());
    }
    if !(1..=MAX_PHONES_PER_ACCOUNT).contains(&policy.phones_per_account) {
        return wrong("policy: phones_per_account".to_owned(), format!("write 1 to {MAX_PHONES_PER_ACCOUNT}"));
    }
    if policy.min_shown_ms > 60_000 {
        return wrong("policy: min_shown_ms".to_owned(), "write 0 to 60000".to_owned());
    }
    let budgets = [
        ("phone_calls_per_minute", policy.phone_calls_per_minute, 1),
        ("phone_calls_burst", policy.phone_calls_burst, 1),
        // A sixth of the calls can come at once.
        ("client_calls_per_minute", policy.client_calls_per_minute, 6),
    ];
    if let Some((name, _, least)) = budgets.iter().find(|(_, value, least)| value < least) {
        return wrong(format!("policy: {name}"), format!("write at least {least}"));
    }
    Ok(())
}

fn client(client: &Client, floor: BindingMode) -> Result<(), ConfigError> {
    let field = |name: &str| format!("client {}: {name}", client.id);
    text(field("id"), &client.id, 100)?;
    text(field("name"), &client.name, 64)?;
    authentication(field, &client.auth)?;
    if client.binding < floor {
        return wrong(field("binding"), "is weaker than `binding_floor` in [policy]".to_owned());
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
    text(field("name"), &account.name, 64)?;
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
    let usable = |parameters: &AlgorithmParameters| match parameters {
        AlgorithmParameters::EllipticCurve(key) => key.curve == EllipticCurve::P256,
        // 2048 bits are 342 base64url characters.
        AlgorithmParameters::RSA(key) => key.n.len() >= 342,
        _ => false,
    };
    if keys.keys.is_empty() || !keys.keys.iter().all(|key| usable(&key.algorithm)) {
        return wrong(field, "write at least one key, each P-256 or RSA of at least 2048 bits".to_owned());
    }
    if keys.keys.iter().any(|key| signature_algorithm(key).is_none()) {
        let rule = "a key has another purpose than signatures: leave out `use`, `alg` and `key_ops`, or write \
                    use = \"sig\", alg = \"ES256\" (P-256) or \"PS256\" (RSA), and key_ops with \"verify\"";
        return wrong(field, rule.to_owned());
    }
    Ok(())
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
