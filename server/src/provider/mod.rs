//! The OpenID Provider: CIBA Core 1.0 in poll mode.
//!
//! | endpoint | file | source |
//! |---|---|---|
//! | `GET /.well-known/openid-configuration`, `GET /jwks` | `discovery` | OpenID Connect Discovery 3, CIBA Core 4 |
//! | `POST /backchannel-authentication` | `backchannel` | CIBA Core 7, 13; RFC 9396 |
//! | `POST /token` | `token` | CIBA Core 10.1, 11; RFC 6749 6 |
//! | `POST /backchannel-authentication/offline` and `…/decision` | `offline` | ADP/1 §10 |
//! | `POST /introspect` | `introspection` | RFC 7662, RFC 9396 9.2 |
//! | `POST /revoke` | `revocation` | RFC 7009 |
//! | `GET` and `POST /userinfo` | `userinfo` | OpenID Connect Core 5.3, RFC 6750 |
//!
//! Every request is a `form` of a client that authenticated as registered. Every rejection is an
//! `OAuthError`. The gateway asks the user.

mod backchannel;
mod binding_message;
mod client_auth;
mod details;
mod discovery;
mod error;
mod form;
mod introspection;
pub mod jwt;
mod offline;
mod pacing;
mod rejections;
mod revocation;
mod scope;
mod token;
mod userinfo;
mod valid;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_protocol::jose::{Digest, JoseError, base64url, random};
use countersign_protocol::message::claims::Timestamp;
use zeroize::Zeroizing;

use crate::base::Base;
use crate::budget::Budgets;
use crate::gateway::Gateway;

pub use revocation::TokenOwner;
pub(crate) use revocation::revoke_all;

use pacing::Pacing;
use rejections::Rejections;

/// Returns the router of the provider's endpoints.
pub(crate) fn router(base: Base, gateway: Gateway) -> Router {
    Router::new()
        .route(backchannel::PATH, post(backchannel::endpoint))
        .route(offline::PATH, post(offline::requests))
        .route(offline::DECISION_PATH, post(offline::submit))
        .route(token::PATH, post(token::endpoint))
        .route(introspection::PATH, post(introspection::endpoint))
        .route(revocation::PATH, post(revocation::endpoint))
        .route(userinfo::PATH, get(userinfo::endpoint).post(userinfo::endpoint))
        .layer(map_response(no_store))
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route(discovery::JWKS_PATH, get(discovery::jwks))
        .with_state(Provider {
            calls: Arc::new(client_budgets(&base)),
            base,
            gateway,
            pacing: Arc::default(),
            rejections: Arc::default(),
        })
}

/// The state that the endpoints share.
#[derive(Clone)]
struct Provider {
    base: Base,
    gateway: Gateway,
    pacing: Arc<Pacing>,
    rejections: Arc<Rejections>,
    /// The calls of each client, by its `client_id`.
    calls: Arc<Budgets<String>>,
}

fn client_budgets(base: &Base) -> Budgets<String> {
    let per_minute = base.config.policy.client_calls_per_minute;
    Budgets::new(per_minute, per_minute / 6)
}

impl Provider {
    /// Returns the current time.
    fn now(&self) -> Timestamp {
        self.base.clock.now()
    }

    /// Returns the URL of one of the provider's endpoints.
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base.config.issuer)
    }
}

/// A value that grants access (`auth_req_id` or a token): 256 random bits as 43 characters. Only
/// its hash is stored.
struct Handle {
    text: Zeroizing<String>,
}

impl Handle {
    fn random() -> Result<Self, JoseError> {
        let bytes = Zeroizing::new(random::bytes::<32>()?);
        Ok(Self { text: Zeroizing::new(base64url::encode(*bytes)) })
    }

    fn as_str(&self) -> &str {
        &self.text
    }

    fn hash(&self) -> Digest {
        hash(&self.text)
    }
}

/// Returns the hash under which a handle is stored.
fn hash(handle: &str) -> Digest {
    Digest::of_secret(handle.as_bytes())
}

/// Forbids caching of responses (RFC 6749 section 5.1, CIBA Core 7.3).
async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
