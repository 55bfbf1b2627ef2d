//! `countersign demo`: server, virtual phone and shop in one process; by hand in a browser, or `--headless`.

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
use crate::stop::Signals;

/// The server's port; the phone's is 10 higher, the shop's 20.
const FIRST_PORT: u16 = 8460;

pub(crate) async fn run(options: cli::Demo, voice: Voice) -> Result<(), Failure> {
    if options.headless {
        return headless::run(options, voice).await;
    }
    // Heard from before the folder is made, so that no end leaves it behind.
    let mut signals = Signals::hear();
    let ports = Ports::from(options.port_base.unwrap_or(FIRST_PORT))?;
    let adjust = |config: &mut Config| {
        if let (true, Some(shop)) = (options.scan, config.clients.get_mut(stage::CLIENT)) {
            shop.binding = BindingMode::Scan;
        }
    };
    let stage = Stage::set(options.data.as_deref(), ports, Arc::new(HttpTransport::new()), adjust).await?;
    let welcomed = welcome(&stage, voice);
    if welcomed.is_ok() {
        signals.asked().await;
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
        "Countersign: a shop asks, the phone shows exactly what is asked, the customer answers.".to_owned(),
        String::new(),
        format!("  Shop    {shop}"),
        format!("  Bank    {server}/phones    (user {account}, password {password})"),
        format!("  Phone   {phone}"),
        String::new(),
        "  1  Open the bank, sign in, \"Add a phone\", open the link there. The phone shows six digits: type them at the bank.".to_owned(),
        "  2  Open the shop and pay. It shows a code.".to_owned(),
        "  3  Open the phone, read what is asked, type the code, approve or deny. The shop knows at once.".to_owned(),
        String::new(),
        format!("  Data    {}", stage.folder().display()),
        "  Ctrl-C ends all three.".to_owned(),
    ] {
        voice.say(line);
    }
    voice.document(&Ready { ready: true, url: shop, server, phone, shop, account, password })
}
