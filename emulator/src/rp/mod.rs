//! A relying party: the shop's backend (CIBA Core 1.0, poll mode, `client_secret_basic`).
//!
//! The steps are `discover`, `ask`, `poll` until the outcome is known, verification of the ID
//! token, and userinfo. Tokens are never printed. For a phone without network, `requests_to_show`
//! and `bring` come between `ask` and `poll`.

mod answer;
mod code;
mod error;
mod offline;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_core::message::claims::Timestamp;
use countersign_server::provider::jwt::{Expected, verify_id_token};
use jsonwebtoken::jwk::JwkSet;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(crate) use self::answer::{Confirmed, Tokens};
pub(crate) use self::code::{scan_secret, six_digits};
pub(crate) use self::error::RpError;

const TIMEOUT: Duration = Duration::from_secs(15);
/// The increase of the poll interval after `slow_down` (CIBA Core 11).
const SLOW_DOWN: Duration = Duration::from_secs(5);
const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// A client of one issuer.
pub(crate) struct RelyingParty {
    http: Client,
    client_id: String,
    authorization: String,
    metadata: Metadata,
    keys: JwkSet,
}

/// An authentication request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) user: String,
    /// The binding message that the customer types on the phone; none for a client that is
    /// registered without one.
    pub(crate) code: Option<String>,
    /// The authorization details (RFC 9396).
    pub(crate) details: Option<serde_json::Value>,
    /// Requests a refresh token (OpenID Connect Core 11). The phone shows this to the
    /// customer.
    pub(crate) offline: bool,
    /// The requested lifetime in seconds; the server's limit if absent.
    pub(crate) expiry: Option<u32>,
}

/// The server's acknowledgement (CIBA Core 7.3).
#[derive(Clone, Deserialize)]
pub(crate) struct Asked {
    pub(crate) auth_req_id: String,
    pub(crate) expires_in: u32,
    #[serde(default = "five")]
    pub(crate) interval: u32,
}

const fn five() -> u32 {
    5
}

/// The members of the discovery document that the relying party uses.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    backchannel_authentication_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    countersign_offline_request_endpoint: Option<String>,
    countersign_offline_decision_endpoint: Option<String>,
}

impl RelyingParty {
    /// Reads the discovery document and the keys.
    pub(crate) async fn discover(issuer: &str, client_id: &str, secret: &str) -> Result<Self, RpError> {
        let http = Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(TIMEOUT).build()?;
        let issuer = issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = json(http.get(url)).await?;
        if metadata.issuer != issuer {
            return Err(RpError::Issuer { asked: issuer.to_owned(), says: metadata.issuer });
        }
        let keys = json(http.get(&metadata.jwks_uri)).await?;
        let authorization = basic(client_id, secret);
        Ok(Self { http, client_id: client_id.to_owned(), authorization, metadata, keys })
    }

    /// Sends an authentication request.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Asked, RpError> {
        // A payment identifies the account's owner without the profile.
        let mut scope = if question.details.is_some() { "openid" } else { "openid profile" }.to_owned();
        if question.offline {
            scope.push_str(" offline_access");
        }
        let mut form = vec![("scope", scope), ("login_hint", question.user.clone())];
        form.extend(question.code.clone().map(|code| ("binding_message", code)));
        form.extend(question.details.as_ref().map(|details| ("authorization_details", details.to_string())));
        form.extend(question.expiry.map(|expiry| ("requested_expiry", expiry.to_string())));
        json(self.post(&self.metadata.backchannel_authentication_endpoint, &form)).await
    }

    /// Requests the tokens once. `authorization_pending` and `slow_down` are errors.
    pub(crate) async fn poll(&self, asked: &Asked) -> Result<Tokens, RpError> {
        let form = [("grant_type", CIBA.to_owned()), ("auth_req_id", asked.auth_req_id.clone())];
        json(self.post(&self.metadata.token_endpoint, &form)).await
    }

    /// Polls at the server's interval until the outcome is known, then verifies the tokens.
    pub(crate) async fn wait(&self, asked: &Asked) -> Result<Confirmed, RpError> {
        let mut interval = Duration::from_secs(asked.interval.into());
        loop {
            tokio::time::sleep(interval).await;
            match self.poll(asked).await {
                Ok(tokens) => return self.check(&tokens).await,
                Err(error) if error.is("authorization_pending") => {}
                Err(error) if error.is("slow_down") => interval += SLOW_DOWN,
                // The server may be restarting. The request stays in its database until it expires.
                Err(RpError::Unreachable(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Verifies the ID token with the issuer's keys (OpenID Connect Core 3.1.3.7) and reads the
    /// userinfo.
    pub(crate) async fn check(&self, tokens: &Tokens) -> Result<Confirmed, RpError> {
        let expected = Expected {
            issuer: &self.metadata.issuer,
            client_id: &self.client_id,
            access_token: Some(&tokens.access_token),
            now: now(),
        };
        let claims = verify_id_token(&tokens.id_token, &self.keys, &expected).map_err(RpError::IdToken)?;
        if claims.sub.is_empty() || claims.acr.is_empty() || claims.amr.is_empty() {
            return Err(RpError::Protocol("the ID token has no subject, acr or amr"));
        }
        let userinfo: answer::UserInfo =
            json(self.http.get(&self.metadata.userinfo_endpoint).bearer_auth(&tokens.access_token)).await?;
        if userinfo.sub != claims.sub {
            return Err(RpError::Protocol("the userinfo response has another subject than the ID token"));
        }
        Ok(Confirmed { claims, name: userinfo.name, details: tokens.authorization_details.clone() })
    }

    fn post(&self, url: &str, form: &[(&str, String)]) -> RequestBuilder {
        self.http.post(url).header(reqwest::header::AUTHORIZATION, &self.authorization).form(form)
    }
}

async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, RpError> {
    let response: Response = request.send().await?;
    if response.status().is_success() {
        return response.json().await.map_err(|_| RpError::Protocol("the server's response cannot be read"));
    }
    Err(RpError::of(response).await)
}

/// Both parts are form-encoded first (RFC 6749, section 2.3.1).
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret))))
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_basic_are_form_encoded() {
        let header = basic("a:b", "p %");
        let text = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(text, b"a%3Ab:p+%25");
    }
}
