//! Orders and their states.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use countersign_core::jose::{base64url, random};
use serde::Serialize;

use crate::rp::{Asked, Confirmed, RpError};

/// The number of orders that are kept. Older orders are dropped.
const KEPT: usize = 200;

/// The orders of this run with their acknowledgements.
#[derive(Default)]
pub(crate) struct Orders(Mutex<VecDeque<(Order, Asked)>>);

/// An order, as `GET /api/orders/{id}` returns it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) code: String,
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Login,
    Pay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Waiting,
    Confirmed,
    Denied,
    Expired,
    Failed,
}

impl Orders {
    /// Creates a waiting order and returns its id.
    pub(crate) fn begin(&self, kind: Kind, code: &str, asked: &Asked) -> Result<String, RpError> {
        let bytes = random::bytes::<16>()
            .map_err(|_| RpError::Protocol("this computer's random number generator does not work"))?;
        let id = base64url::encode(bytes);
        let order =
            Order { id: id.clone(), kind, code: code.to_owned(), state: State::Waiting, detail: None, claims: None };
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if orders.len() == KEPT {
            orders.pop_front();
        }
        orders.push_back((order, asked.clone()));
        Ok(id)
    }

    /// Sets the final state of an order.
    pub(crate) fn end(&self, id: &str, answer: Result<Confirmed, RpError>) {
        let (state, detail, claims) = match answer {
            Ok(confirmed) => (State::Confirmed, None, serde_json::to_value(&confirmed.claims).ok()),
            Err(error) if error.is("access_denied") => (State::Denied, None, None),
            Err(error) if error.is("expired_token") => (State::Expired, None, None),
            Err(error) => (State::Failed, Some(error.to_string()), None),
        };
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((order, _)) = orders.iter_mut().find(|(order, _)| order.id == id) {
            *order = Order { state, detail, claims, ..order.clone() };
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<Order> {
        self.known(id).map(|(order, _)| order)
    }

    /// Returns the acknowledgement. It stays in the shop's backend.
    pub(crate) fn asked(&self, id: &str) -> Option<Asked> {
        self.known(id).map(|(_, asked)| asked)
    }

    fn known(&self, id: &str) -> Option<(Order, Asked)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|(order, _)| order.id == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oauth(code: &str) -> RpError {
        RpError::OAuth { error: code.into(), description: String::new() }
    }

    #[test]
    fn order_state_follows_the_oauth_error() {
        let orders = Orders::default();
        for (answer, state) in [
            (oauth("access_denied"), State::Denied),
            (oauth("expired_token"), State::Expired),
            (oauth("invalid_grant"), State::Failed),
            (RpError::Status(500), State::Failed),
        ] {
            let asked = Asked { auth_req_id: "1".into(), expires_in: 300, interval: 5 };
            let id = orders.begin(Kind::Pay, "123456", &asked).unwrap();
            assert_eq!(orders.find(&id).unwrap().state, State::Waiting);
            orders.end(&id, Err(answer));
            assert_eq!(orders.find(&id).unwrap().state, state);
        }
        assert!(orders.find("unknown").is_none());
    }
}
