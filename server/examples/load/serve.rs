//! The server in a process of its own. It reads one JSON document per line from standard input and
//! answers each with one line, as a bank's page would: an offer for an account, or a confirmation.

use std::io::{BufRead as _, Write as _};
use std::path::Path;

use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, Server};
use serde_json::{Value, json};

/// The word that starts the program as a server. The folder follows.
pub(crate) const TASK: &str = "serve";

/// Serves until standard input ends.
pub(crate) async fn run(folder: &Path) {
    let config = Config::load(&folder.join("config.toml")).unwrap();
    let data = DataFolder::take(&folder.join("data")).unwrap();
    let server = Server::start(config, data, Clock::system()).await.unwrap();
    answer(&json!({ "url": server.issuer() }));
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok();
    });
    while let Some(line) = lines.recv().await {
        let call: Value = serde_json::from_str(&line).unwrap();
        let account = call["account"].as_str().unwrap();
        match call["code"].as_str() {
            None => {
                let offer = server.gateway().offer(account, account).await.unwrap();
                answer(&json!({ "offer": offer.id.as_str(), "link": offer.uri }));
            }
            Some(code) => {
                let offer = call["offer"].as_str().unwrap().parse().unwrap();
                let confirmed = server.gateway().confirm(account, &offer, code).await.unwrap();
                answer(&json!({ "confirmed": format!("{confirmed:?}") }));
            }
        }
    }
    server.stop().await;
}

fn answer(document: &Value) {
    let mut out = std::io::stdout();
    writeln!(out, "{document}").unwrap();
    out.flush().unwrap();
}
