//! `countersign demo`: server, virtual phone and shop in one process, for a person in a browser or
//! with `--headless`.

mod headless;
mod person;
mod stage;

use std::sync::Arc;

use countersign_core::adapters::http::HttpTransport;
use countersign_core::message::request::BindingMode;
use countersign_server::Config;
use serde::Serialize;

use self::stage::{Ports, Stage};
use crate::cli;
use crate::failure::Failure;
use crate::say::Voice;
use crate::signals::Signals;

/// The server's default port. The phone's is 10 higher, the shop's 20 higher.
const FIRST_PORT: u16 = 8460;

pub(crate) async fn run(options: cli::Demo, voice: Voice) -> Result<(), Failure> {
    if options.headless {
        return headless::run(options, voice).await;
    }
    // Created before the folder, so that a signal at any time removes the folder.
    let mut signals = Signals::listen();
    let ports = Ports::from(options.port_base.unwrap_or(FIRST_PORT))?;
    let adjust = |config: &mut Config| {
        if let (true, Some(shop)) = (options.scan, config.clients.get_mut(stage::CLIENT)) {
            shop.binding = BindingMode::Scan;
        }
    };
    let stage = Stage::set(options.data.as_deref(), ports, Arc::new(HttpTransport::new()), adjust).await?;
    let welcomed = welcome(&stage, voice);
    if welcomed.is_ok() {
        signals.requested().await;
        voice.say("");
    }
    stage.clear().await;
    welcomed
}

fn welcome(stage: &Stage, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Ready<'a> {
        ready: bool,
        url: &'a str,
        server: &'a str,
        phone: &'a str,
        shop: &'a str,
        account: &'a str,
        password: &'a str,
    }
    let (server, phone, shop) = (stage.issuer(), stage.phone_url.as_str(), stage.shop_url.as_str());
    let (account, password) = (stage::USER, stage::PASSWORD);
    for line in [
        String::new(),
        "Countersign: a shop sends a request, the phone shows exactly what is requested, the customer approves or denies.".to_owned(),
        String::new(),
        format!("  Shop    {shop}"),
        format!("  Bank    {server}/phones    (user {account}, password {password})"),
        format!("  Phone   {phone}"),
        String::new(),
        "  1  Open the bank, sign in, choose \"Add a phone\" and open the link. Type the six digits from the phone at the bank.".to_owned(),
        "  2  Open the shop and pay. It shows a code.".to_owned(),
        "  3  Open the phone, read the request, type the code, approve or deny. The shop shows the result.".to_owned(),
        String::new(),
        format!("  Data    {}", stage.folder().display()),
        "  Press Ctrl-C to stop all three.".to_owned(),
    ] {
        voice.say(line);
    }
    voice.document(&Ready { ready: true, url: shop, server, phone, shop, account, password })
}
