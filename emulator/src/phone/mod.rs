//! The virtual phone: the core on this computer, with test switches, a page that looks like a
//! bank's app, and an automation API.
//!
//! | file | subject |
//! |---|---|
//! | `device` | the phone: the core and its state for pages and tests |
//! | `parts`, `switches`, `journal` | the platform below the core, and the switches that change it
//! |
//! | `pushes` | the event streams that deliver pushes |
//! | `outbox` | sends decisions again until their receipts arrive |
//! | `view`, `problem` | the core's values and errors as JSON |
//! | `api`, `offline`, `extract` | the automation API |

mod api;
mod device;
mod extract;
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
use countersign_core::platform::Transport;
use countersign_core::{Issuers, TrustedIssuer};
use serde::Serialize;

pub(crate) use self::device::{Keeping, Phone, Screen};
pub(crate) use self::switches::{Biometric, Push};
pub(crate) use self::view::{DecisionView, DetailsView, EnrolmentView, FieldView, Outcome, Received, RequestState};
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::failure::Failure;
use crate::listener::Listener;
use crate::say::Voice;
use crate::signals::Signals;
use crate::{folders, pages, web};

/// Runs `countersign phone`.
pub(crate) async fn run(options: cli::Phone, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Ready<'a> {
        ready: bool,
        url: &'a str,
    }
    let mut signals = Signals::listen();
    let listener = Listener::bind(options.listen, "phone", "--listen").await?;
    let folder = options.data.unwrap_or_else(|| folders::of_part("phone", "--data", voice));
    let types = options.types.as_deref().map(declared_types).transpose()?.unwrap_or_default();
    let issuers =
        options.issuer.map_or(Issuers::Unrestricted, |issuer| Issuers::Only(vec![TrustedIssuer { issuer, types }]));
    let phone = open(&folder, Keeping::Lasting, Arc::new(HttpTransport::new()), issuers)?;
    let url = listener.url();
    let stop = CancellationToken::new();
    let serving = listener.serve_phone(&phone, stop.clone());
    voice.say(format!("Virtual phone: {url}"));
    voice.say(format!("Data:          {}", folder.display()));
    if let Storage::File { reason } = phone.storage() {
        voice.say(format!(
            "Warning: the keys are in files that only you can read, not in the system's keyring ({reason})."
        ));
    }
    voice.say("To enrol it, open the link on the server's page \"Add a phone\". Press Ctrl-C to stop.");
    let told = voice.document(&Ready { ready: true, url: &url });
    if told.is_ok() {
        signals.requested().await;
    }
    serving.stop().await;
    phone.close().await;
    told
}

/// Opens a phone in this folder, locks the folder, and starts to listen for pushes and to send the
/// outbox. Needs a tokio runtime.
///
/// # Errors
/// [`Failure::Failed`] if the folder is in use or its state cannot be opened.
pub(crate) fn open(
    folder: &Path,
    keeping: Keeping,
    transport: Arc<dyn Transport>,
    issuers: Issuers,
) -> Result<Phone, Failure> {
    let phone = Phone::open(folder, keeping, transport, issuers)?;
    phone.listen_for_pushes();
    phone.own(tokio::spawn(outbox::keep_sending(phone.clone())).abort_handle());
    Ok(phone)
}

/// Reads a document that declares detail types.
pub(crate) fn declared_types(file: &Path) -> Result<DetailTypes, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Usage(format!("{} cannot be read: {error}", file.display()));
    let document = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    DetailTypes::parse(&document).map_err(|error| failed(&error))
}

impl Listener {
    /// Serves a phone's pages and API.
    pub(crate) fn serve_phone(self, phone: &Phone, stop: CancellationToken) -> crate::listener::Serving {
        let address: SocketAddr = self.address();
        let router = pages::phone().merge(api::router(phone.clone(), stop.clone()));
        self.serve(web::guarded(router, address), stop)
    }
}
