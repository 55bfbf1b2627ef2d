//! The virtual phone: the device core over this computer's parts, with switches that a test can turn, a page that looks like a
//! bank's app, and an automation API.
//!
//! | file | what |
//! |---|---|
//! | `device` | the phone: the core and what runs beside it |
//! | `parts`, `switches`, `journal` | the platform under the core, and what can be changed about it |
//! | `pushes` | the event streams that pushes arrive by |
//! | `outbox` | answers that did not get through are sent again |
//! | `view`, `problem` | the core's values and errors as JSON |
//! | `api`, `offline` | the automation API |

mod api;
mod device;
mod journal;
mod offline;
mod outbox;
mod parts;
mod problem;
mod pushes;
mod switches;
mod view;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use countersign_core::adapters::desktop::Storage;
use countersign_core::adapters::http::HttpTransport;
use countersign_core::details::DetailTypes;
use serde::Serialize;

pub(crate) use self::device::{Keeping, Phone, Screen};
pub(crate) use self::switches::{Biometric, Push};
pub(crate) use self::view::{
    AnswerView, DetailsView, EnrolmentView, FieldView, Outcome, Received, RequestState, outcome_name,
};

use crate::cli;
use crate::failure::Failure;
use crate::listener::Listener;
use crate::say::Voice;
use crate::stop::{Signals, Stop};
use crate::{folders, pages, web};

/// `countersign phone`.
pub(crate) async fn run(options: cli::Phone, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Ready<'a> {
        ready: bool,
        url: &'a str,
    }
    let mut signals = Signals::hear();
    let listener = Listener::bind(options.listen, "phone", "--listen").await?;
    let folder = options.data.unwrap_or_else(|| folders::of_part("phone", "--data", voice));
    let types = options.types.as_deref().map(declared_types).transpose()?.unwrap_or_default();
    let phone = Phone::open(&folder, Keeping::Lasting, Arc::new(HttpTransport::new()), types)?;
    let url = listener.url();
    let stop = Stop::new();
    let serving = listener.serve_phone(&phone, stop.clone());
    voice.say(format!("Virtual phone: {url}"));
    voice.say(format!("Data:          {}", folder.display()));
    if let Storage::File { reason } = phone.storage() {
        voice.say(format!(
            "Warning: the keys are in files that only you can read, not in the system's keyring ({reason})."
        ));
    }
    voice.say("Add it to an account: open the link of the server's page \"Add a phone\". Ctrl-C ends it.");
    let told = voice.document(&Ready { ready: true, url: &url });
    if told.is_ok() {
        signals.asked().await;
    }
    serving.stop().await;
    phone.close().await;
    told
}

/// The types that a bank declares, from their document.
pub(crate) fn declared_types(file: &Path) -> Result<DetailTypes, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Usage(format!("{} cannot be read: {error}", file.display()));
    let document = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    DetailTypes::parse(&document).map_err(|error| failed(&error))
}

impl Listener {
    /// Serves a phone's pages and API.
    pub(crate) fn serve_phone(self, phone: &Phone, stop: Stop) -> crate::listener::Serving {
        let address: SocketAddr = self.address();
        let router = pages::phone().merge(api::router(phone.clone(), stop.clone()));
        self.serve(web::guarded(router, address), stop)
    }
}
