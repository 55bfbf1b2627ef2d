//! The API of the checkout page.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::orders::Order;
use super::payment::{Payment, details_of};
use super::{Kind, Shop, Tie};
use crate::qr;
use crate::rp::{Question, RpError, scan_secret, six_digits};
use crate::web::{Body, Problem};

pub(super) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/api/login", post(login))
        .route("/api/pay", post(pay))
        .route("/api/orders/{id}", get(order))
        .route("/api/orders/{id}/code.svg", get(code_picture))
        .with_state(shop)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    user: String,
}

/// A new order: the code, whether it is scanned or typed, and its lifetime in seconds.
#[derive(Debug, Serialize)]
struct Begun {
    id: String,
    code: String,
    scan: bool,
    expires_in: u32,
}

async fn login(State(shop): State<Shop>, Body(customer): Body<Customer>) -> Result<Json<Begun>, Problem> {
    Ok(Json(shop.begin(Kind::Login, customer.user).await?))
}

async fn pay(State(shop): State<Shop>, Body(customer): Body<Customer>) -> Result<Json<Begun>, Problem> {
    Ok(Json(shop.begin(Kind::Pay, customer.user).await?))
}

async fn order(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Json<Order>, Problem> {
    shop.orders.find(&id).map(Json).ok_or_else(unknown_order)
}

/// Returns the code as a QR code.
async fn code_picture(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Response, Problem> {
    qr::picture(&shop.orders.find(&id).ok_or_else(unknown_order)?.code)
}

pub(super) fn unknown_order() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_order", "there is no such order")
}

impl Shop {
    async fn begin(&self, kind: Kind, user: String) -> Result<Begun, RpError> {
        let code = match self.ties {
            Tie::Code => six_digits()?,
            Tie::Scan => scan_secret()?,
        };
        let details = (kind == Kind::Pay).then(|| {
            let cart = Payment { amount: "42.50".into(), currency: "EUR".into(), payee: "ACME".into() };
            details_of(&cart, "Order 1001")
        });
        let asked =
            self.party.ask(&Question { user, code: Some(code.clone()), details, ..Question::default() }).await?;
        let id = self.orders.begin(kind, &code, &asked)?;
        let begun = Begun { id: id.clone(), code, scan: self.ties == Tie::Scan, expires_in: asked.expires_in };
        let shop = self.clone();
        tokio::spawn(async move { shop.orders.end(&id, shop.party.wait(&asked).await) });
        Ok(begun)
    }
}

/// Describes to the customer why an order could not be created.
impl From<RpError> for Problem {
    fn from(error: RpError) -> Self {
        match error.code() {
            Some("unknown_user_id") => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_user",
                "Your bank does not know this name, or no phone has been added to it. Add a phone first.",
            ),
            Some("access_denied") => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "not_now",
                "Your bank accepts no more requests for this name at the moment. Try again later.",
            ),
            _ => Self::new(StatusCode::BAD_GATEWAY, "no_bank", error.to_string()),
        }
    }
}
