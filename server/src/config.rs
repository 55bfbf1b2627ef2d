//! The configuration: a TOML file parsed into types that cannot be wrong.
//!
//! [`Config::parse`] is the only way in from text. It refuses unknown keys, names the line of a mistake and never repeats
//! a secret in an error.

mod check;
mod developer;
mod file;
mod secret;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use countersign_protocol::details::DetailTypes;
use countersign_protocol::message::request::BindingMode;
use jsonwebtoken::jwk::JwkSet;

use crate::keys::KeyRotationPolicy;
use crate::policy::RequestPolicy;

pub use developer::DeveloperConfig;
pub use secret::Secret;

/// Everything a server is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer's identifier and base of every address: scheme and host, no path, no trailing slash. `https`, or
    /// `http` on a loopback host. With port 0 it takes the port that the listener gets.
    pub issuer: String,
    /// What people read on their phone as the name of this issuer.
    pub name: String,
    /// Where to listen. Port 0 lets the operating system choose.
    pub listen: SocketAddr,
    /// Whether only a proxy of ours can reach `listen`, which sets `X-Forwarded-For`: its last address is then the
    /// caller's.
    pub trusted_proxy: bool,
    /// For how many days requests, decisions and receipts are kept as evidence.
    pub evidence_days: u32,
    /// Base of the link in an offer: the host whose links open the bank's app. No trailing slash.
    pub app_link: String,
    /// The relying parties, by their `client_id`.
    pub clients: BTreeMap<String, Client>,
    /// The people who may sign in, by their username.
    pub accounts: BTreeMap<String, Account>,
    /// The types of `authorization_details` that clients may send (RFC 9396 §2). A type that only the bank's own app
    /// can show is named here too.
    pub detail_types: Vec<String>,
    /// The types among them that the bank declares, as its app has them ([`DetailTypes`]).
    pub declared_types: DetailTypes,
    /// What is asked of requests and decisions.
    pub policy: RequestPolicy,
    /// When the key that signs for phones may roll.
    pub keys: KeyRotationPolicy,
}

/// A relying party.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// The name that the phone shows.
    pub name: String,
    /// How it proves itself; the only way it may.
    pub auth: ClientAuth,
    /// How its users tie the phone's question to the screen where it began.
    pub binding: BindingMode,
    /// The scopes it may ask for; always with `openid`.
    pub scopes: Vec<String>,
    /// Whether it may show requests to phones without network and bring their answers. It then sees the signed messages of the
    /// person's phones, so it is for the bank's own pages.
    pub offline: bool,
}

/// How a client authenticates (OpenID Connect Core 9).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    SecretBasic(Secret),
    /// `private_key_jwt` by one of these keys, ES256 or PS256.
    PrivateKeyJwt(JwkSet),
}

/// A person who can sign in and add phones.
#[derive(Clone, Debug)]
pub struct Account {
    /// What they type, and what a client sends as `login_hint`.
    pub username: String,
    /// The argon2 hash of their password, as a PHC string.
    pub password: Secret,
    /// The subject identifier in tokens.
    pub sub: String,
    /// Their name, as the phone shows it beside the issuer.
    pub name: String,
}

/// What is wrong with a configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is not TOML of the expected form.
    #[error("line {line} of the configuration: {reason}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A value that cannot work.
    #[error("configuration: {field}: {reason}")]
    Value {
        /// Which one, as `client shop: secret`.
        field: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] says which line or field is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Parses a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] says which line or field is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        file::parse(text)
    }

    /// Checks what holds for every configuration, however it was made.
    ///
    /// # Errors
    /// [`ConfigError::Value`] names the field and says what to write instead.
    pub fn check(&self) -> Result<(), ConfigError> {
        check::config(self)
    }

    /// The client of that id.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// The account of that username.
    pub fn account(&self, username: &str) -> Option<&Account> {
        self.accounts.get(username)
    }

    /// Whether people reach this server over TLS: cookies are then marked `Secure`.
    pub fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }
}
