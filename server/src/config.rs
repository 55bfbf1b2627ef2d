//! The configuration file: TOML, parsed and checked.
//!
//! [`Config::parse`] rejects unknown keys, names the line of a mistake and never repeats a secret
//! in an error.

mod check;
mod developer;
mod file;
mod limits;
mod warnings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use countersign_protocol::details::DetailTypes;
use url::Url;

use crate::keys::KeyRotationPolicy;
use crate::policy::RequestPolicy;
use crate::security_log::Destination;

pub use crate::model::{Account, Client, ClientAuth, ResourceServer, Secret};
pub use developer::DeveloperConfig;
pub use limits::Limits;

pub(crate) use limits::MIN_CONNECTIONS;

/// The configuration of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer URL and base of every address: scheme and host, without path and trailing slash.
    /// It is `https`, or `http` on a loopback host. Port 0 is replaced by the port of the listener.
    pub issuer: String,
    /// The name of the issuer on phones.
    pub name: String,
    /// The address of the listener. With port 0 the operating system chooses the port.
    pub listen: SocketAddr,
    /// True if only a trusted proxy can reach `listen` and the proxy sets `X-Forwarded-For`. The
    /// last address of that header is then the caller's address.
    pub trusted_proxy: bool,
    /// The place where the security log is written.
    pub security_log: Destination,
    /// The number of days for which requests, decisions and receipts are kept as evidence.
    pub evidence_days: u32,
    /// True if `evidence_days` may be less than the 13 months in which users can dispute payments.
    pub short_evidence: bool,
    /// The base of the link in an offer: the host whose links open the bank's app. No trailing
    /// slash.
    pub app_link: String,
    /// The clients by their `client_id`.
    pub clients: BTreeMap<String, Client>,
    /// The resource servers by their identifier.
    pub resource_servers: BTreeMap<String, ResourceServer>,
    /// The accounts by their user name.
    pub accounts: BTreeMap<String, Account>,
    /// The types of `authorization_details` that clients may send (RFC 9396, section 2). Types that
    /// only the bank's own app can show are listed too.
    pub detail_types: Vec<String>,
    /// The types that the bank declares. Its app has the same declarations ([`DetailTypes`]).
    pub declared_types: DetailTypes,
    /// The limits and requirements for requests and decisions.
    pub policy: RequestPolicy,
    /// The minimum time between two rotations of the key that signs for phones.
    pub keys: KeyRotationPolicy,
    /// The limits for connections.
    pub limits: Limits,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot read {}: {source}. Check the path and its permissions.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is not TOML of the expected form.
    #[error("line {line} of the configuration: {reason}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The mistake.
        reason: String,
    },
    /// A value is not allowed.
    #[error("configuration: {field}: {reason}")]
    Value {
        /// The name of the value, for example `client shop: secret`.
        field: String,
        /// The mistake, and what to write instead.
        reason: String,
    },
}

impl ConfigError {
    /// Returns the kind of the mistake, for the security log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Syntax { .. } => "syntax",
            Self::Value { .. } => "value",
        }
    }

    /// Returns the line of a syntax error.
    pub const fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. } => Some(*line),
            Self::Unreadable { .. } | Self::Value { .. } => None,
        }
    }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] names the line or the field.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Parses a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the line or the field.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        file::parse(text)
    }

    /// Checks the rules for every configuration.
    ///
    /// # Errors
    /// [`ConfigError::Value`] names the field and says what to write instead.
    pub fn check(&self) -> Result<(), ConfigError> {
        check::config(self)
    }

    /// Returns settings that the operator probably did not intend, one sentence for each. The
    /// server logs them at the start.
    pub fn warnings(&self) -> Vec<String> {
        warnings::of(self)
    }

    /// Returns the client with that `client_id`.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// Returns the account with that user name.
    pub fn account(&self, username: &str) -> Option<&Account> {
        self.accounts.get(username)
    }

    /// Returns true if users reach the server over TLS. Cookies are then marked `Secure`.
    pub fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }

    /// Returns true if the host of the issuer is a loopback host, so that no other machine uses
    /// this server.
    pub fn is_on_loopback(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|issuer| check::is_loopback(&issuer))
    }
}
