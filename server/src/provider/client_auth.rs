//! Client authentication: `client_secret_basic` (RFC 6749 section 2.3.1) or `private_key_jwt`
//! (OpenID Connect Core 9), exactly as registered.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::{Code, OAuthError};
use super::form::{Form, single};
use super::jwt::{self, Assertion, JwtError};
use super::{Provider, backchannel, introspection, revocation, token};
use crate::directory::{Directory, DirectoryError};
use crate::model::{Client, ClientAuth, ResourceServer, Secret};
use crate::security_log::{Event, Id};

/// The only value of `client_assertion_type` (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The error for a wrong secret and for an unknown client, so that they cannot be distinguished.
const WRONG: OAuthError = OAuthError::invalid_client("the client is unknown or its authentication is wrong");

/// A party that authenticates with its registered method.
#[async_trait]
pub(super) trait Party: Send + Sync + Sized {
    /// Returns the party with that identifier.
    async fn find(directory: &dyn Directory, id: &str) -> Result<Option<Arc<Self>>, DirectoryError>;

    fn id(&self) -> &str;

    fn auth(&self) -> &ClientAuth;

    /// Returns the identifier for the security log.
    fn log_id(&self) -> Id;
}

#[async_trait]
impl Party for Client {
    async fn find(directory: &dyn Directory, id: &str) -> Result<Option<Arc<Self>>, DirectoryError> {
        directory.client(id).await
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn auth(&self) -> &ClientAuth {
        &self.auth
    }

    fn log_id(&self) -> Id {
        Id::from(self)
    }
}

#[async_trait]
impl Party for ResourceServer {
    async fn find(directory: &dyn Directory, id: &str) -> Result<Option<Arc<Self>>, DirectoryError> {
        directory.resource_server(id).await
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn auth(&self) -> &ClientAuth {
        &self.auth
    }

    fn log_id(&self) -> Id {
        Id::from(self)
    }
}

impl Provider {
    /// Returns the client after it has authenticated with its registered method. Takes the call
    /// from its budget. A call with wrong credentials takes nothing, so that a stranger cannot use
    /// up the budget of a client.
    pub(super) async fn authenticate(&self, headers: &HeaderMap, form: &Form) -> Result<Arc<Client>, OAuthError> {
        self.authenticate_as(headers, form).await
    }

    /// Returns the client or resource server after it has authenticated with its registered method.
    pub(super) async fn authenticate_as<P: Party>(
        &self,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<Arc<P>, OAuthError> {
        let authenticated = self.authenticated(headers, form).await;
        if let Err(error) = &authenticated {
            self.report_unauthenticated::<P>(headers, form, error.code()).await;
        }
        authenticated
    }

    /// Writes a call that was rejected to the security log.
    async fn report_unauthenticated<P: Party>(&self, headers: &HeaderMap, form: &Form, code: Code) {
        if code == Code::ServerError {
            return;
        }
        let client = self.claimed::<P>(headers, form).await.ok().flatten().map(|party| party.log_id());
        self.base.security_log.record(&match code {
            // Only a party that authenticated uses up a budget.
            Code::TemporarilyUnavailable => Event::LimitReached { limit: "calls of one client", client, account: None },
            code => Event::ClientAuthenticationFailed { client, reason: code.as_str() },
        });
    }

    /// Returns the registered party that a call claims to be.
    async fn claimed<P: Party>(&self, headers: &HeaderMap, form: &Form) -> Result<Option<Arc<P>>, OAuthError> {
        let in_assertion = || form.value("client_assertion").and_then(|assertion| jwt::client_id_of(assertion).ok());
        let id = basic_credentials(headers).map(|(id, _)| id).or_else(in_assertion);
        let id = id.or_else(|| form.value("client_id").map(str::to_owned)).unwrap_or_default();
        Ok(P::find(&*self.base.directory, &id).await?)
    }

    async fn authenticated<P: Party>(&self, headers: &HeaderMap, form: &Form) -> Result<Arc<P>, OAuthError> {
        let basic = headers.contains_key(header::AUTHORIZATION);
        let assertion = form.has("client_assertion") || form.has("client_assertion_type");
        let client: Arc<P> = match (basic, assertion, form.has("client_secret")) {
            (true, false, false) => self.by_secret(headers).await?,
            (false, true, false) => self.by_assertion(form).await?,
            (false, false, true) => {
                return Err(OAuthError::invalid_client("send the secret in the Authorization header (Basic)"));
            }
            (false, false, false) => return Err(OAuthError::invalid_client("the client must authenticate")),
            _ => return Err(OAuthError::invalid_request("use only one method of client authentication")),
        };
        match form.value("client_id") {
            Some(named) if named != client.id() => Err(OAuthError::invalid_request("client_id names another client")),
            _ => Ok(client),
        }
    }

    async fn by_secret<P: Party>(&self, headers: &HeaderMap) -> Result<Arc<P>, OAuthError> {
        let (id, given) = basic_credentials(headers).ok_or(WRONG)?;
        let client = P::find(&*self.base.directory, &id).await?;
        let right = match client.as_deref().map(P::auth) {
            Some(ClientAuth::SecretBasic(secret)) => secret.matches(&given),
            // Takes as long as for a known client, so that the duration does not reveal the name.
            _ => {
                Secret::new("0".repeat(given.len())).matches(&given);
                false
            }
        };
        let client = client.filter(|_| right).ok_or(WRONG)?;
        self.calls.take(&client.id().to_owned()).await?;
        Ok(client)
    }

    async fn by_assertion<P: Party>(&self, form: &Form) -> Result<Arc<P>, OAuthError> {
        let (Some(assertion), Some(JWT_BEARER)) = (form.value("client_assertion"), form.value("client_assertion_type"))
        else {
            return Err(OAuthError::invalid_client("send client_assertion, and client_assertion_type of RFC 7523"));
        };
        let id = jwt::client_id_of(assertion).map_err(oauth_error)?;
        let client = P::find(&*self.base.directory, &id).await?;
        let keys = match client.as_deref().map(P::auth) {
            Some(ClientAuth::PrivateKeyJwt(keys)) => Some(keys),
            _ => None,
        };
        // Each of these names identifies this provider (CIBA Core 7.1).
        let endpoints = [token::PATH, backchannel::PATH, introspection::PATH, revocation::PATH];
        let mut audiences = vec![self.base.config.issuer.clone()];
        audiences.extend(endpoints.map(|path| self.address(path)));
        let verified =
            Assertion::verify(assertion, &id, keys, &audiences, self.base.clock.now()).map_err(oauth_error)?;
        let client = client.ok_or(WRONG)?;
        self.calls.take(&id).await?;
        let mut tx = self.base.store.begin().await?;
        let first = tx.use_assertion(&id, &verified.jti, verified.expires).await?;
        tx.commit().await?;
        if !first {
            return Err(OAuthError::invalid_client("this client_assertion was used before: create a new one"));
        }
        Ok(client)
    }
}

fn oauth_error(error: JwtError) -> OAuthError {
    OAuthError::invalid_client(match error {
        JwtError::Malformed => "client_assertion is not a JWT with iss, sub, aud, exp and jti",
        JwtError::Header => "client_assertion must be signed with ES256 or PS256",
        JwtError::Signature | JwtError::Issuer => return WRONG,
        JwtError::Audience => "client_assertion: aud must be the issuer or the endpoint",
        JwtError::Time => "client_assertion: expired, not valid yet, or valid for more than ten minutes",
        JwtError::Id => "client_assertion: jti must have 1 to 256 characters",
    })
}

/// Returns name and secret from the header. Both are form-encoded (RFC 6749 section 2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Option<(String, Zeroizing<String>)> {
    let value = single(headers, header::AUTHORIZATION)?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let pair = std::str::from_utf8(&pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decoded(id)?, Zeroizing::new(form_decoded(secret)?)))
}

/// Decodes one form-encoded value.
fn form_decoded(value: &str) -> Option<String> {
    // The two separators of a form cannot occur in an encoded value. Many clients send them
    // unencoded.
    let value = value.replace('&', "%26").replace('=', "%3D");
    let (decoded, _) = url::form_urlencoded::parse(value.as_bytes()).next()?;
    (!decoded.contains('\u{fffd}')).then(|| decoded.into_owned())
}
