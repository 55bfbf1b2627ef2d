//! Approval without network (ADP/1 §10). The client shows the request to the user's phone as a QR
//! code and submits the decision that the phone shows. This is an extension of this provider for
//! clients that are registered for it. The tokens are returned to the ordinary poll.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use countersign_protocol::message::receipt::Outcome;
use serde::Serialize;

use super::error::{Code, OAuthError};
use super::form::Form;
use super::{Provider, hash};
use crate::gateway::OfflineError;
use crate::model::{CibaRequest, Client};
use crate::security_log::{Event, Id};

pub(super) const PATH: &str = "/backchannel-authentication/offline";
pub(super) const DECISION_PATH: &str = "/backchannel-authentication/offline/decision";

/// The texts of the QR codes, one for each phone of the user. The client does not learn which phone
/// is which.
#[derive(Serialize)]
pub(super) struct Requests {
    requests: Vec<String>,
    expires_in: i64,
}

/// The receipt's outcome for the decision. The next poll returns the result of the request.
#[derive(Serialize)]
pub(super) struct Taken {
    outcome: Outcome,
}

#[tracing::instrument(skip_all)]
pub(super) async fn requests(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Requests>, OAuthError> {
    let (_, request, _) = provider.of_its_client(&headers, body).await?;
    let requests = provider.gateway.requests_to_show(&request.approval_request).await.map_err(oauth_error)?;
    Ok(Json(Requests { requests, expires_in: request.expires.since(provider.now()).max(0) }))
}

#[tracing::instrument(skip_all)]
pub(super) async fn submit(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Taken>, OAuthError> {
    let (client, request, form) = provider.of_its_client(&headers, body).await?;
    let decision = form.value("decision").ok_or_else(|| OAuthError::invalid_request("decision is missing"))?;
    let outcome =
        provider.gateway.submit_shown_decision(&request.approval_request, decision).await.map_err(oauth_error)?;
    let submitted = Event::DecisionSubmitted {
        client: Id::from(&*client),
        approval_request: Id::from(&request.approval_request),
        auth_req: Id::from(&request.id_hash),
        receipt: outcome.as_str(),
    };
    provider.base.security_log.record(&submitted);
    Ok(Json(Taken { outcome }))
}

impl Provider {
    /// Returns the authentication request that the form's `auth_req_id` names, if it belongs to the
    /// client.
    async fn of_its_client(
        &self,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<(Arc<Client>, CibaRequest, Form), OAuthError> {
        let body = body.map_err(|_| OAuthError::invalid_request("the request is too large or was cut off"))?;
        let form = Form::parse(headers, &body)?;
        let client = self.authenticate(headers, &form).await?;
        if !client.offline {
            return Err(OAuthError::new(
                Code::UnauthorizedClient,
                "this client is not registered for approval without network",
            ));
        }
        let id = form.value("auth_req_id").ok_or_else(|| OAuthError::invalid_request("auth_req_id is missing"))?;
        let request =
            self.base.store.read().await?.ciba_request(&hash(id), &client.id).await?.ok_or(UNKNOWN_REQUEST)?;
        Ok((client, request, form))
    }
}

const UNKNOWN_REQUEST: OAuthError =
    OAuthError::new(Code::InvalidGrant, "the auth_req_id is unknown or belongs to another client");

fn oauth_error(error: OfflineError) -> OAuthError {
    match error {
        OfflineError::Ended => {
            OAuthError::new(Code::InvalidGrant, "the request was decided or has ended: poll for the result")
        }
        OfflineError::TooLong => {
            OAuthError::invalid_request("the request is too long for a QR code: the phone needs network for it")
        }
        OfflineError::Rejected => {
            OAuthError::invalid_request("the value is not a decision of a phone for this request")
        }
        OfflineError::TooMany => OAuthError::new(Code::Forbidden, "too many different decisions for this request"),
        OfflineError::Gateway(error) => error.into(),
    }
}
