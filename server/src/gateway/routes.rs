//! The endpoints of ADP/1 over HTTP. Bodies and proofs are parsed here. The other files handle
//! them.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::{map_response, map_response_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use countersign_protocol::message::claims::Nonce;
use countersign_protocol::message::decision::Decision;
use countersign_protocol::message::enrolment::Enrol;
use countersign_protocol::message::update::Update;
use countersign_protocol::message::{Message, metadata};

use super::problem::{CallProblem, Failed, ProblemCode};
use super::{Gateway, body};
use crate::hang_up::hang_up;
use crate::security_log::Event;

/// The size of the only unsigned body.
const MAX_CHALLENGE_BYTES: usize = 512;

type CallResult = Result<Response, CallProblem>;

/// Returns the endpoints of the device protocol, to be merged into the server's router at its root.
/// If the issuer has a path, the front end removes it: proofs are compared with the issuer's full
/// URL.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/adp/v1/enrolments/challenge", post(challenge))
        .route("/adp/v1/enrolments", post(enrol).layer(map_response(hang_up)))
        .route("/adp/v1/requests", get(inbox))
        .route("/adp/v1/requests/{txn}", get(fetch))
        .route("/adp/v1/decisions", post(decide))
        .route("/adp/v1/device", post(update))
        .route("/adp/v1/stream", get(stream))
        .layer(map_response_with_state(gateway.clone(), with_nonce))
        .layer(map_response_with_state(gateway.clone(), report))
        .route(metadata::PATH, get(published))
        .with_state(gateway)
}

async fn published(State(gateway): State<Gateway>, RawQuery(query): RawQuery, headers: HeaderMap) -> CallResult {
    gateway.metadata(&headers, query.as_deref())
}

async fn challenge(State(gateway): State<Gateway>, headers: HeaderMap, content: Body) -> CallResult {
    let text = body::read(&headers, content, body::JSON, MAX_CHALLENGE_BYTES).await?;
    gateway.challenge(&text).await
}

async fn enrol(State(gateway): State<Gateway>, call: Request) -> CallResult {
    let (parts, content) = call.into_parts();
    let proved = gateway.proof(&parts.headers, &parts.method, parts.uri.path())?;
    let text = body::read(&parts.headers, content, body::JOSE, Enrol::MAX_BYTES).await?;
    gateway.enrol(&proved, &text).await
}

async fn inbox(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    method: Method,
    uri: Uri,
) -> CallResult {
    let phone = gateway.caller(&headers, &method, uri.path()).await?;
    // Exactly one parameter. A nonce needs no escapes.
    let nonce: Option<Nonce> = query.and_then(|query| query.strip_prefix("nonce=")?.parse().ok());
    let nonce = nonce.ok_or_else(|| CallProblem::new(ProblemCode::BadRequest, "nonce of an inbox"))?;
    gateway.inbox(&phone, nonce).await
}

async fn fetch(
    State(gateway): State<Gateway>,
    Path(txn): Path<String>,
    headers: HeaderMap,
    method: Method,
    uri: Uri,
) -> CallResult {
    let phone = gateway.caller(&headers, &method, uri.path()).await?;
    gateway.fetch(&phone, &txn).await
}

async fn decide(State(gateway): State<Gateway>, call: Request) -> CallResult {
    let (parts, content) = call.into_parts();
    let phone = gateway.caller(&parts.headers, &parts.method, parts.uri.path()).await?;
    let text = body::read(&parts.headers, content, body::JOSE, Decision::MAX_BYTES).await?;
    gateway.decide(&phone, &text).await
}

async fn update(State(gateway): State<Gateway>, call: Request) -> CallResult {
    let (parts, content) = call.into_parts();
    let phone = gateway.caller(&parts.headers, &parts.method, parts.uri.path()).await?;
    let text = body::read(&parts.headers, content, body::JOSE, Update::MAX_BYTES).await?;
    gateway.update(&phone, &text).await
}

async fn stream(State(gateway): State<Gateway>, headers: HeaderMap, method: Method, uri: Uri) -> CallResult {
    let phone = gateway.caller(&headers, &method, uri.path()).await?;
    gateway.stream(&phone).await
}

/// Adds the nonce for the next proof to a response (RFC 9449, section 8.2).
async fn with_nonce(State(gateway): State<Gateway>, mut response: Response) -> Response {
    if let Ok(nonce) = HeaderValue::from_str(&gateway.nonces.current()) {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
    response
}

/// Writes a failed check to the security log. A missing nonce is part of every first call.
async fn report(State(gateway): State<Gateway>, response: Response) -> Response {
    let log = &gateway.parts.security_log;
    match response.extensions().get::<Failed>() {
        Some(Failed { code: code @ ProblemCode::Rejected, reason }) => {
            log.record(&Event::DeviceCallRejected { code: code.as_str(), reason });
        }
        Some(Failed { code: ProblemCode::TooMany, reason }) => {
            log.record(&Event::LimitReached { limit: reason, client: None, account: None });
        }
        _ => {}
    }
    response
}
