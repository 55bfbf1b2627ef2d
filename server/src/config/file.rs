//! The form of the file, before it is checked and converted to [`Config`].

use std::collections::BTreeMap;

use countersign_protocol::details::DetailTypes;
use countersign_protocol::message::request::BindingMode;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use zeroize::Zeroize;

use super::{Account, Client, ClientAuth, Config, ConfigError, Limits, ResourceServer, Secret};
use crate::keys::KeyRotationPolicy;
use crate::policy::RequestPolicy;
use crate::security_log::DestinationError;

/// Parses and checks the text of a configuration file.
pub(super) fn parse(text: &str) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let mut clients = BTreeMap::new();
    for client in file.client {
        let client = client.into_client()?;
        if let Some(twice) = clients.insert(client.id.clone(), client) {
            return Err(wrong(format!("client {}", twice.id), "this id is used twice"));
        }
    }
    let mut resource_servers = BTreeMap::new();
    for server in file.resource_server {
        let server = server.into_resource_server()?;
        if clients.contains_key(&server.id) {
            return Err(wrong(format!("resource_server {}", server.id), "this id is a client's too"));
        }
        if let Some(twice) = resource_servers.insert(server.id.clone(), server) {
            return Err(wrong(format!("resource_server {}", twice.id), "this id is used twice"));
        }
    }
    let mut accounts = BTreeMap::new();
    for account in file.account {
        let account = account.into_account();
        if let Some(twice) = accounts.insert(account.username.clone(), account) {
            return Err(wrong(format!("account {}", twice.username), "this username is used twice"));
        }
    }
    let declared_types = DetailTypes::parse(&file.declared_types)
        .map_err(|error| wrong("declared_types".to_owned(), &error.to_string()))?;
    let earlier = file.earlier_declared_types.iter().map(|document| DetailTypes::parse(document));
    let earlier = earlier
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong("earlier_declared_types".to_owned(), &error.to_string()))?;
    let declared_types = declared_types.with_earlier(earlier);
    let mut detail_types = file.detail_types;
    detail_types.extend(declared_types.names().map(str::to_owned));
    let config = Config {
        issuer: file.issuer.trim_end_matches('/').to_owned(),
        name: file.name.unwrap_or_else(|| "Demo Bank".to_owned()),
        listen: file
            .listen
            .parse()
            .map_err(|_| wrong("listen".to_owned(), "write an address and a port, as 127.0.0.1:8460"))?,
        trusted_proxy: file.trusted_proxy,
        security_log: file
            .security_log
            .parse()
            .map_err(|error: DestinationError| wrong("security_log".to_owned(), &error.to_string()))?,
        evidence_days: file.evidence_days,
        short_evidence: file.short_evidence,
        app_link: file.app_link.trim_end_matches('/').to_owned(),
        clients,
        resource_servers,
        accounts,
        detail_types,
        declared_types,
        policy: file.policy,
        keys: file.keys,
        limits: file.limits,
    };
    config.check()?;
    Ok(config)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    issuer: String,
    name: Option<String>,
    listen: String,
    #[serde(default)]
    trusted_proxy: bool,
    #[serde(default = "standard_error")]
    security_log: String,
    #[serde(default = "thirteen_months")]
    evidence_days: u32,
    #[serde(default)]
    short_evidence: bool,
    app_link: String,
    #[serde(default = "known_details")]
    detail_types: Vec<String>,
    /// A JSON document with the same text as in the app.
    #[serde(default = "none_declared")]
    declared_types: String,
    /// The documents of earlier versions of the app.
    #[serde(default)]
    earlier_declared_types: Vec<String>,
    #[serde(default)]
    client: Vec<ClientEntry>,
    #[serde(default)]
    resource_server: Vec<ResourceServerEntry>,
    #[serde(default)]
    account: Vec<AccountEntry>,
    #[serde(default)]
    policy: RequestPolicy,
    #[serde(default)]
    keys: KeyRotationPolicy,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    id: String,
    name: String,
    auth: AuthMethod,
    secret: Option<String>,
    jwks: Option<toml::Value>,
    binding: BindingMode,
    #[serde(default = "openid_only")]
    scopes: Vec<String>,
    #[serde(default)]
    offline: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceServerEntry {
    id: String,
    auth: AuthMethod,
    secret: Option<String>,
    jwks: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AuthMethod {
    ClientSecretBasic,
    PrivateKeyJwt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    username: String,
    password: String,
    sub: String,
    name: String,
}

impl ClientEntry {
    fn into_client(self) -> Result<Client, ConfigError> {
        let auth = self.auth.with(&format!("client {}", self.id), self.secret, self.jwks)?;
        Ok(Client {
            id: self.id,
            name: self.name,
            auth,
            binding: self.binding,
            scopes: self.scopes,
            offline: self.offline,
        })
    }
}

impl ResourceServerEntry {
    fn into_resource_server(self) -> Result<ResourceServer, ConfigError> {
        let auth = self.auth.with(&format!("resource_server {}", self.id), self.secret, self.jwks)?;
        Ok(ResourceServer { id: self.id, auth })
    }
}

impl AuthMethod {
    /// Returns the method with its secret or keys. `owner` names the section in an error.
    fn with(&self, owner: &str, secret: Option<String>, jwks: Option<toml::Value>) -> Result<ClientAuth, ConfigError> {
        let field = |name: &str| format!("{owner}: {name}");
        match (self, secret, jwks) {
            (Self::ClientSecretBasic, Some(secret), None) => Ok(ClientAuth::SecretBasic(Secret::new(secret))),
            (Self::PrivateKeyJwt, None, Some(jwks)) => {
                key_set(jwks).map(ClientAuth::PrivateKeyJwt).map_err(|reason| wrong(field("jwks"), reason))
            }
            (Self::ClientSecretBasic, ..) => {
                Err(wrong(field("auth"), "client_secret_basic needs `secret` and no `jwks`"))
            }
            (Self::PrivateKeyJwt, ..) => Err(wrong(field("auth"), "private_key_jwt needs `jwks` and no `secret`")),
        }
    }
}

impl AccountEntry {
    fn into_account(self) -> Account {
        Account { username: self.username, password: Secret::new(self.password), sub: self.sub, name: self.name }
    }
}

/// Reads a key set from a TOML table, or from JSON in a string. Private keys are rejected before
/// they are stored.
fn key_set(value: toml::Value) -> Result<JwkSet, &'static str> {
    const FORM: &str = "write a JWK set: { keys = [{ kty = \"EC\", crv = \"P-256\", x = \"…\", y = \"…\" }] }";
    let mut json: serde_json::Value = match value {
        toml::Value::String(mut text) => {
            let parsed = serde_json::from_str(&text);
            text.zeroize();
            parsed.map_err(|_| FORM)?
        }
        table => serde_json::to_value(table).map_err(|_| FORM)?,
    };
    let keys = json.get_mut("keys").and_then(serde_json::Value::as_array_mut).ok_or(FORM)?;
    if keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
        return Err(
            "holds a private key: give the public half only, and make a new key, since this one was written down",
        );
    }
    serde_json::from_value(json).map_err(|_| FORM)
}

fn openid_only() -> Vec<String> {
    vec!["openid".to_owned()]
}

fn standard_error() -> String {
    "stderr".to_owned()
}

fn known_details() -> Vec<String> {
    vec!["payment_initiation".to_owned()]
}

fn none_declared() -> String {
    "[]".to_owned()
}

/// The default for `evidence_days`: users can dispute payments for 13 months (PSD2, Article 71).
fn thirteen_months() -> u32 {
    400
}

fn wrong(field: String, reason: &str) -> ConfigError {
    ConfigError::Value { field, reason: reason.to_owned() }
}

/// Returns the line of a mistake and the expected form. The value in the file is left out, because
/// it can be a secret.
fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let message = error.message();
    let reason = match message.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => format!("expected {expected}"),
        _ => message.lines().next().unwrap_or_default().to_owned(),
    };
    ConfigError::Syntax { line, reason }
}
