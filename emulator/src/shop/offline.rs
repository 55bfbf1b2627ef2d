//! The API of the checkout page for a phone without network.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Shop;
use super::api::unknown_order;
use crate::qr;
use crate::rp::Asked;
use crate::web::{Body, Problem};

pub(super) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/api/orders/{id}/offline", get(requests))
        .route("/api/orders/{id}/offline/{at}", get(picture))
        .route("/api/orders/{id}/answer", post(answer))
        .with_state(shop)
}

/// Returns one text for each of the customer's phones.
#[derive(Serialize)]
struct Requests {
    requests: Vec<String>,
}

async fn requests(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Json<Requests>, Problem> {
    Ok(Json(Requests { requests: shop.requests(&id).await? }))
}

/// Returns one of these texts as a QR code.
async fn picture(State(shop): State<Shop>, Path((id, at)): Path<(String, usize)>) -> Result<Response, Problem> {
    qr::picture(shop.requests(&id).await?.get(at).ok_or_else(unknown_order)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scanned {
    answer: String,
}

#[derive(Serialize)]
struct Taken {
    outcome: String,
}

async fn answer(
    State(shop): State<Shop>,
    Path(id): Path<String>,
    Body(body): Body<Scanned>,
) -> Result<Json<Taken>, Problem> {
    match shop.party.bring(&shop.asked(&id)?, body.answer.trim()).await {
        Ok(outcome) => Ok(Json(Taken { outcome })),
        Err(error) if error.is("invalid_request") => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_an_answer",
            "This code is not your phone’s response to this order.",
        )),
        Err(error) => Err(error.into()),
    }
}

impl Shop {
    async fn requests(&self, id: &str) -> Result<Vec<String>, Problem> {
        Ok(self.party.requests_to_show(&self.asked(id)?).await?)
    }

    fn asked(&self, id: &str) -> Result<Asked, Problem> {
        self.orders.asked(id).ok_or_else(unknown_order)
    }
}
