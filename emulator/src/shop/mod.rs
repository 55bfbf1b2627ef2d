//! The demo's shop: a checkout page and a backend that acts as the relying party.

mod api;
mod offline;
mod orders;
mod payment;

use std::sync::Arc;

pub(crate) use self::orders::{Kind, Orders};
pub(crate) use self::payment::{Payment, details_of};
use tokio_util::sync::CancellationToken;

use crate::listener::{Listener, Serving};
use crate::rp::RelyingParty;
use crate::{pages, web};

/// The shop's backend.
#[derive(Clone)]
pub(crate) struct Shop {
    party: Arc<RelyingParty>,
    orders: Arc<Orders>,
    ties: Tie,
}

/// The binding of the shop's requests, as registered for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// The customer types six digits.
    Code,
    /// The customer scans a secret.
    Scan,
}

impl Shop {
    pub(crate) fn new(party: Arc<RelyingParty>, ties: Tie) -> Self {
        Self { party, orders: Arc::default(), ties }
    }

    pub(crate) fn serve(&self, listener: Listener, stop: CancellationToken) -> Serving {
        let router = pages::shop().merge(api::router(self.clone())).merge(offline::router(self.clone()));
        let router = web::guarded(router, listener.address());
        listener.serve(router, stop)
    }
}
