//! The control interface of `countersign server --control`. A test uses it in place of the bank's
//! pages, a relying party, the push services and the passing of time. It serves JSON over HTTP on a
//! loopback address and rejects browsers.
//!
//! Anyone who can connect can enrol phones for any account. It is off by default and only for
//! tests.
//!
//! | file | subject |
//! |---|---|
//! | `accounts` | the names and identifiers of accounts |
//! | `guard` | rejects browsers |
//! | `phones` | offers, confirmation codes, the list of phones, suspension and removal |
//! | `approval_requests` | approval requests and their outcomes |
//! | `offline` | the other screen for a phone without network |
//! | `server` | the server's clock and keys |
//! | `mailbox` | the push services |
//! | `problem` | errors |

mod accounts;
mod approval_requests;
mod guard;
mod mailbox;
mod offline;
mod phones;
mod problem;
mod server;

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use countersign_server::Clock;
use countersign_server::gateway::Gateway;
use serde::Serialize;

pub(crate) use self::accounts::Accounts;
pub(crate) use self::mailbox::Mailbox;
use tokio_util::sync::CancellationToken;

use crate::listener::{Listener, Serving};
use crate::web::{self, Problem};

/// The state of the control interface. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Control {
    gateway: Gateway,
    clock: Clock,
    mailbox: Arc<Mailbox>,
    accounts: Arc<Accounts>,
    stop: CancellationToken,
}

type Answer<T> = Result<Json<T>, Problem>;

/// An empty response.
#[derive(Serialize)]
struct Done {}

impl Control {
    pub(crate) fn over(gateway: Gateway, clock: Clock, mailbox: Arc<Mailbox>, accounts: Accounts) -> Self {
        Self { gateway, clock, mailbox, accounts: Arc::new(accounts), stop: CancellationToken::new() }
    }

    /// Serves the interface on `listener` until a stop is requested.
    pub(crate) fn serve(self, listener: Listener) -> Serving {
        let (address, stop) = (listener.address(), self.stop.clone());
        listener.serve(guard::programs_only(web::guarded(self.router(), address)), stop)
    }

    fn router(self) -> Router {
        Router::new()
            .route("/offer", post(phones::offer))
            .route("/confirm", post(phones::confirm))
            .route("/phones", get(phones::list))
            .route("/suspend", post(phones::suspend))
            .route("/unenrol", post(phones::unenrol))
            .route("/approval-requests", post(approval_requests::create))
            .route("/outcome/{id}", get(approval_requests::outcome))
            .route("/cancel", post(approval_requests::cancel))
            .route("/show/{id}", get(offline::show))
            .route("/scanned", post(offline::scanned))
            .route("/pushes", post(mailbox::pushes))
            .route("/clock", post(server::clock))
            .route("/rotate-keys", post(server::rotate_keys))
            .with_state(self)
    }
}
