//! `countersign server`.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_server::app::StartError;
use countersign_server::config::ClientAuth;
use countersign_server::push::Relay;
use countersign_server::security_log::SecurityLog;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, Server};
use serde::Serialize;

use crate::cli;
use crate::control::{Accounts, Control, Mailbox};
use crate::failure::Failure;
use crate::folders;
use crate::listener::Listener;
use crate::say::Voice;
use crate::signals::Signals;

pub(crate) async fn run(options: cli::Server, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Ready<'a> {
        ready: bool,
        url: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        control: Option<&'a str>,
    }
    let mut signals = Signals::of_service();
    if options.config.is_none() {
        options.listen.map_or(Ok(()), only_this_machine)?;
    }
    let control_at = match options.control {
        Some(address) => Some(Listener::bind(address, "control interface", "--control").await?),
        None => None,
    };
    let path = options.data.unwrap_or_else(|| folders::of_part("server", "--data", voice));
    let folder = DataFolder::take(&path).map_err(Failure::of)?;
    let loaded = match &options.config {
        Some(file) => Config::load(file),
        None => Config::developer(&folder).map(|made| made.config),
    };
    let mut config = loaded.map_err(|error| {
        SecurityLog::report_rejected_configuration(error.kind(), error.line());
        Failure::of(error)
    })?;
    if let Some(listen) = options.listen {
        listen_at(&mut config, listen)?;
    }
    if options.control.is_some() && !config.is_on_loopback() {
        return Err(Failure::Usage(format!(
            "--control: the issuer {} can be reached from other machines, and anyone who can connect to the control \
             interface can enrol phones for any account. Start without --control, or use an issuer on 127.0.0.1",
            config.issuer
        )));
    }
    let (clock, accounts) = (Clock::system(), Accounts::of(&config));
    let mailbox = control_at.as_ref().map(|_| Arc::new(Mailbox::default()));
    let relay = mailbox.clone().map(|mailbox| -> Arc<dyn Relay> { mailbox });
    let server = Server::start_with(config, folder, clock.clone(), relay)
        .await
        .map_err(|error| not_started(error, "--listen"))?;
    let url = server.issuer().to_owned();
    let control_url = control_at.as_ref().map(Listener::url);
    let controlled = control_at
        .zip(mailbox)
        .map(|(listener, mailbox)| Control::over(server.gateway().clone(), clock, mailbox, accounts).serve(listener));
    voice.say(format!("Server: {url}"));
    voice.say(format!("Data:   {}", path.display()));
    if options.config.is_none() {
        voice.say(format!(
            "Config: {} (for developers; holds the secret of client shop)",
            path.join("config.toml").display()
        ));
        voice.say(format!("Account alice, password demo. Add a phone at {url}/phones"));
    }
    if let Some(control) = &control_url {
        voice.say(format!("Control: {control} (for tests: anyone who can connect can enrol phones for any account)"));
    }
    voice.say("Press Ctrl-C to stop.");
    let told = voice.document(&Ready { ready: true, url: &url, control: control_url.as_deref() });
    if told.is_ok() {
        signals.requested().await;
    }
    if let Some(controlled) = controlled {
        controlled.stop().await;
    }
    server.stop().await;
    told
}

/// Moves the listener. An issuer that equals the old address moves with it.
fn listen_at(config: &mut Config, listen: SocketAddr) -> Result<(), Failure> {
    if !config.issuer.starts_with("https://") {
        only_this_machine(listen)?;
    }
    if config.issuer == format!("http://{}", config.listen) {
        config.issuer = format!("http://{listen}");
    }
    config.listen = listen;
    Ok(())
}

/// Rejects addresses that other machines can reach, because the server has no TLS of its own.
fn only_this_machine(listen: SocketAddr) -> Result<(), Failure> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    let port = listen.port();
    Err(Failure::Usage(format!(
        "--listen {listen}: without TLS the server listens on loopback addresses only: use --listen 127.0.0.1:{port}. For access \
         from other machines, put a TLS proxy in front and set `issuer` to the public https \
         address in a configuration (--config FILE)"
    )))
}

/// Describes why a server did not start. `flag` is the option that selects another port.
pub(crate) fn not_started(error: StartError, flag: &str) -> Failure {
    match error {
        StartError::PortTaken(address) => Failure::Failed(format!(
            "port {} is taken, the server cannot listen on {address}: end the program that uses it, or choose another with \
             {flag}",
            address.port()
        )),
        other => Failure::of(other),
    }
}

/// Returns the secret of a client that authenticates with one.
pub(crate) fn secret_of(config: &Config, client: &str) -> Option<String> {
    match &config.client(client)?.auth {
        ClientAuth::SecretBasic(secret) => Some(secret.expose().to_owned()),
        ClientAuth::PrivateKeyJwt(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_follows_listener_only_if_equal() {
        let folder = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(folder.path()).unwrap();
        let mut config = Config::developer(&folder).unwrap().config;
        listen_at(&mut config, "127.0.0.1:0".parse().unwrap()).ok().unwrap();
        let refused = listen_at(&mut config, "0.0.0.0:0".parse().unwrap());
        assert!(matches!(refused, Err(Failure::Usage(_))));
        assert_eq!((&*config.issuer, config.listen.port()), ("http://127.0.0.1:0", 0));
        config.issuer = "https://login.example.com".into();
        listen_at(&mut config, "0.0.0.0:9000".parse().unwrap()).ok().unwrap();
        assert_eq!((&*config.issuer, config.listen.port()), ("https://login.example.com", 9000));
    }
}
