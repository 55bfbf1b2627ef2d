//! The secrets of a run, with their kinds.

use std::collections::HashSet;

/// The kind of a secret. `rules` defines where it may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    DeviceKey,
    UserVerificationKey,
    EncryptionKey,
    StateKey,
    AgreedSecret,
    ContentKey,
    OfferCode,
    Verifier,
    Password,
    Cookie,
    ClientSecret,
    AuthRequest,
    AccessToken,
    RefreshToken,
    IdToken,
    BindingValue,
    ServerKey,
    RetiredServerKey,
    /// Not a secret: a marker in each process's environment that every dump must contain.
    Marker,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DeviceKey => "device key (DK)",
            Self::UserVerificationKey => "user-verification key (UVK)",
            Self::EncryptionKey => "encryption key (EK)",
            Self::StateKey => "key that seals the state",
            Self::AgreedSecret => "agreed secret (ECDH)",
            Self::ContentKey => "content key (A256GCM)",
            Self::OfferCode => "offer's code",
            Self::Verifier => "verifier of the enrolment",
            Self::Password => "password",
            Self::Cookie => "cookie",
            Self::ClientSecret => "client's secret",
            Self::AuthRequest => "auth_req_id",
            Self::AccessToken => "access token",
            Self::RefreshToken => "refresh token",
            Self::IdToken => "ID token (its signature)",
            Self::BindingValue => "value of the other screen",
            Self::ServerKey => "server's signing key",
            Self::RetiredServerKey => "server's signing key that has retired",
            Self::Marker => "marker",
        }
    }
}

/// The value of a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Text(String),
    Bytes(Vec<u8>),
    /// The private half of a P-256 key.
    Scalar(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Secret {
    pub(crate) kind: Kind,
    pub(crate) value: Value,
}

/// The secrets that are known so far, each once.
#[derive(Default)]
pub(crate) struct Known {
    secrets: Vec<Secret>,
    seen: HashSet<Value>,
}

impl Known {
    pub(crate) fn text(&mut self, kind: Kind, text: &str) {
        self.add(kind, Value::Text(text.to_owned()));
    }

    pub(crate) fn add(&mut self, kind: Kind, value: Value) {
        if self.seen.insert(value.clone()) {
            self.secrets.push(Secret { kind, value });
        }
    }

    /// Changes the kind of a secret, for a key that was replaced.
    pub(crate) fn becomes(&mut self, value: &Value, kind: Kind) {
        for secret in self.secrets.iter_mut().filter(|secret| secret.value == *value) {
            secret.kind = kind;
        }
    }

    pub(crate) fn all(&self) -> &[Secret] {
        &self.secrets
    }
}
