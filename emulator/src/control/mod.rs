//! The control interface of `countersign server --control`: what a test does to a server instead of a person at its pages, a
//! relying party, a push service and the passing of time. JSON over HTTP, on this machine, refused to browsers.
//!
//! Whoever reaches it adds phones to any account: it is off unless asked for, and is for tests alone.
//!
//! | file | what |
//! |---|---|
//! | `guard` | no browser may call |
//! | `phones` | offers, confirmation codes, the list of phones, their suspension and end |
//! | `asks` | questions and what was said |
//! | `offline` | the screen that a phone without network scans and shows its answer to |
//! | `server` | the server's clock and keys |
//! | `mailbox` | stands where push services stand, and gives out what they would have carried |
//! | `problem` | errors |

mod asks;
mod guard;
mod mailbox;
mod offline;
mod phones;
mod problem;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use countersign_server::gateway::Gateway;
use countersign_server::{Clock, Config};
use serde::Serialize;

pub(crate) use self::mailbox::Mailbox;

use crate::listener::{Listener, Serving};
use crate::stop::Stop;
use crate::web::{self, Problem};

/// What the control interface works on. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Control {
    gateway: Gateway,
    clock: Clock,
    mailbox: Arc<Mailbox>,
    /// How phones show the accounts of the configuration.
    names: Arc<BTreeMap<String, String>>,
    stop: Stop,
}

type Answer<T> = Result<Json<T>, Problem>;

/// The answer where there is nothing to say.
#[derive(Serialize)]
struct Done {}

impl Control {
    pub(crate) fn over(gateway: Gateway, clock: Clock, mailbox: Arc<Mailbox>, names: BTreeMap<String, String>) -> Self {
        Self { gateway, clock, mailbox, names: Arc::new(names), stop: Stop::new() }
    }

    /// Answers at `listener` until it is told to stop.
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
            .route("/ask", post(asks::ask))
            .route("/outcome/{ask}", get(asks::outcome))
            .route("/cancel", post(asks::cancel))
            .route("/show/{ask}", get(offline::show))
            .route("/scanned", post(offline::scanned))
            .route("/pushes", post(mailbox::pushes))
            .route("/clock", post(server::clock))
            .route("/rotate-keys", post(server::rotate_keys))
            .with_state(self)
    }
}

/// How phones show the accounts of a configuration.
pub(crate) fn names(config: &Config) -> BTreeMap<String, String> {
    config.accounts.values().map(|account| (account.username.clone(), account.name.clone())).collect()
}
