//! The automation API: every action of the phone's user, and the test switches. Bodies are JSON,
//! errors are problem documents (RFC 9457).

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign_core::evidence::Evidence;
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::DenyReason;
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::Phone;
use super::device::Screen;
use super::extract::{Api, ApiResult, enrolment, locale, txn};
use super::offline;
use super::switches::{Biometric, Push};
use super::view::{DecisionView, DetailsView, Received, StateView};
use crate::web::{Body, Problem};

pub(super) fn router(phone: Phone, stop: CancellationToken) -> Router {
    Router::new()
        .route("/api/state", get(state))
        .route("/api/events", get(events))
        .route("/api/enrol", post(enrol))
        .route("/api/requests/{id}", get(details))
        .route("/api/requests/{id}/evidence", get(evidence))
        .route("/api/requests/{id}/approve", post(approve))
        .route("/api/requests/{id}/decision", get(offline::decision))
        .route("/api/requests/{id}/decision.svg", get(offline::decision_picture))
        .route("/api/requests/{id}/deny", post(deny))
        .route("/api/scan", post(offline::scan))
        .route("/api/refresh", post(refresh))
        .route("/api/network", post(network))
        .route("/api/push", post(push))
        .route("/api/push/deliver", post(deliver))
        .route("/api/clock", post(clock))
        .route("/api/biometric", post(biometric))
        .route("/api/enrolments/{id}/evidence", get(evidence_of))
        .route("/api/enrolments/{id}/rotate", post(rotate))
        .route("/api/enrolments/{id}/rotate-all", post(rotate_all))
        .route("/api/enrolments/{id}/remove", post(remove))
        .route("/api/enrolments/{id}/forget", post(forget))
        .with_state(Api { phone, stop })
}

/// An empty response.
#[derive(Serialize)]
struct Done {}

async fn state(State(api): State<Api>) -> Json<StateView> {
    Json(api.phone.state())
}

/// Streams an event `state` at once and after each change.
async fn events(State(api): State<Api>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = api.phone.changes();
    changes.mark_changed();
    let events = stream::unfold(changes, |mut changes| async {
        changes.changed().await.ok()?;
        Some((Ok(Event::default().event("state").data("changed")), changes))
    });
    let stop = api.stop.clone();
    let events = events.take_until(async move { stop.cancelled().await });
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrol {
    offer: String,
}

/// Enrols by an offer link. Closes the connection, because its buffer holds the offer's code while
/// it is open.
async fn enrol(State(api): State<Api>, Body(body): Body<Enrol>) -> Result<impl IntoResponse, Problem> {
    Ok(([(header::CONNECTION, "close")], Json(api.phone.enrol(&body.offer).await?)))
}

#[derive(Deserialize)]
struct In {
    locale: Option<String>,
}

async fn details(State(api): State<Api>, Path(id): Path<String>, Query(query): Query<In>) -> ApiResult<DetailsView> {
    let locale = query.locale.as_deref().map_or(Ok(Locale::En), locale)?;
    Ok(Json(api.phone.details(&txn(&id)?, locale)?))
}

async fn evidence(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Evidence> {
    api.phone.device().evidence(&txn(&id)?)?.map(Json).ok_or_else(no_evidence)
}

async fn evidence_of(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Evidence> {
    api.phone.device().evidence_of(&enrolment(&id)?)?.map(Json).ok_or_else(no_evidence)
}

fn no_evidence() -> Problem {
    Problem::new(StatusCode::CONFLICT, "no_evidence", "there is no decision with a receipt yet")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    value: Option<String>,
    drawn: Option<Vec<String>>,
    #[serde(default)]
    shown_ms: u64,
    locale: Option<String>,
    #[serde(default)]
    obscured: bool,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    call_active: bool,
}

async fn approve(State(api): State<Api>, Path(id): Path<String>, Body(body): Body<Approve>) -> ApiResult<DecisionView> {
    let locale = body.locale.as_deref().map_or(Ok(Locale::En), locale)?;
    let screen = Screen {
        drawn: body.drawn,
        shown_ms: body.shown_ms,
        obscured: body.obscured,
        shared: body.shared,
        call_active: body.call_active,
    };
    Ok(Json(api.phone.approve(&txn(&id)?, body.value, locale, screen).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deny {
    reason: DenyReason,
}

async fn deny(State(api): State<Api>, Path(id): Path<String>, Body(body): Body<Deny>) -> ApiResult<DecisionView> {
    Ok(Json(api.phone.deny(&txn(&id)?, body.reason).await?))
}

async fn refresh(State(api): State<Api>) -> ApiResult<Done> {
    api.phone.refresh().await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    online: bool,
}

/// Sets the network switch. Switching it on sends the outbox and fetches the inbox.
async fn network(State(api): State<Api>, Body(body): Body<Network>) -> Json<Done> {
    api.phone.switches().set_online(body.online);
    api.phone.changed();
    if body.online {
        // A failed refresh does not change the switch.
        let _ = api.phone.refresh().await;
    }
    Json(Done {})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    on: bool,
}

async fn push(State(api): State<Api>, Body(body): Body<On>) -> Json<Done> {
    api.phone.switches().set_push(if body.on { Push::On } else { Push::Off });
    api.phone.changed();
    Json(Done {})
}

#[derive(Serialize)]
struct Delivered {
    received: Received,
}

async fn deliver(State(api): State<Api>, Body(push): Body<BTreeMap<String, String>>) -> Json<Delivered> {
    Json(Delivered { received: api.phone.receive(&push) })
}

/// `shift_s` moves both clocks of the phone, as if time had passed. `wall_s` moves only the wall
/// clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    shift_s: i64,
    #[serde(default)]
    wall_s: i64,
}

async fn clock(State(api): State<Api>, Body(body): Body<Clock>) -> Json<Done> {
    api.phone.switches().set_shift(body.shift_s);
    api.phone.switches().set_wall_shift(body.wall_s);
    api.phone.changed();
    Json(Done {})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sensor {
    answer: Biometric,
}

async fn biometric(State(api): State<Api>, Body(body): Body<Sensor>) -> Json<Done> {
    api.phone.switches().set_biometric(body.answer);
    api.phone.changed();
    Json(Done {})
}

async fn rotate(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Done> {
    api.phone.rotate_keys(&enrolment(&id)?).await?;
    Ok(Json(Done {}))
}

async fn rotate_all(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Done> {
    api.phone.rotate_all_keys(&enrolment(&id)?).await?;
    Ok(Json(Done {}))
}

async fn remove(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Done> {
    api.phone.unenrol(&enrolment(&id)?).await?;
    Ok(Json(Done {}))
}

/// Removes an enrolment from this phone without informing the bank.
async fn forget(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Done> {
    api.phone.forget(&enrolment(&id)?).await?;
    Ok(Json(Done {}))
}
