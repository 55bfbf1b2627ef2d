//! `countersign login`: a relying party on the command line.

use std::path::PathBuf;

use countersign_server::Config;
use serde::Serialize;

use crate::cli;
use crate::failure::Failure;
use crate::folders;
use crate::rp::{Confirmed, Question, RelyingParty, RpError, six_digits};
use crate::say::Voice;
use crate::server::secret_of;
use crate::shop::{Payment, details_of};
use crate::signals::Signals;

pub(crate) async fn run(options: cli::Login, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told<'a> {
        outcome: &'a str,
        #[serde(flatten)]
        confirmed: Option<&'a Confirmed>,
    }
    let payment: Option<Payment> = options
        .pay
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| Failure::Usage(format!("--pay: {error}")))?;
    let mut signals = Signals::listen();
    is_address(&options.server)?;
    let secret = secret(&options, voice)?;
    let party = RelyingParty::discover(&options.server, &options.client_id, &secret).await.map_err(Failure::of)?;
    let code = six_digits().map_err(Failure::of)?;
    let details = payment.as_ref().map(|payment| details_of(payment, "countersign login"));
    let question = Question { user: options.user.clone(), code: Some(code.clone()), details, ..Question::default() };
    let asked = party.ask(&question).await.map_err(|error| explained(error, &options))?;
    voice.say(match &payment {
        None => format!("{} is asked to approve a login.", options.user),
        Some(Payment { amount, currency, payee }) => {
            format!("{} is asked to approve a payment of {amount} {currency} to {payee}.", options.user)
        }
    });
    let (first, last) = code.split_at(3);
    voice.say(format!("Type this code on the phone within {} seconds:  {first} {last}", asked.expires_in));
    let answer = tokio::select! {
        answer = party.wait(&asked) => answer,
        () = signals.requested() => return Err(Failure::Failed("stopped before a decision arrived".to_owned())),
    };
    match answer {
        Ok(confirmed) => {
            voice.say("Confirmed. The ID token is valid:");
            for line in serde_json::to_string_pretty(&confirmed).unwrap_or_default().lines() {
                voice.say(format!("  {line}"));
            }
            voice.document(&Told { outcome: "confirmed", confirmed: Some(&confirmed) })
        }
        Err(error) => {
            let (outcome, text) = match error.code() {
                Some("access_denied") => {
                    ("denied", "The request was denied on the phone, or the code was wrong.".to_owned())
                }
                Some("expired_token") => ("expired", "The request expired without a decision.".to_owned()),
                _ => return Err(Failure::of(error)),
            };
            voice.say(text);
            voice.document(&Told { outcome, confirmed: None })?;
            Err(Failure::Reported)
        }
    }
}

fn is_address(server: &str) -> Result<(), Failure> {
    let url = reqwest::Url::parse(server).ok();
    if url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        return Ok(());
    }
    Err(Failure::Usage(format!("--server {server} is not a URL: use one like http://127.0.0.1:8460")))
}

/// Returns the client's secret from the option, the environment, or a local server's configuration.
fn secret(options: &cli::Login, voice: Voice) -> Result<String, Failure> {
    let set = || std::env::var("COUNTERSIGN_CLIENT_SECRET").ok().filter(|secret| !secret.is_empty());
    if let Some(secret) = options.client_secret.clone().or_else(set) {
        return Ok(secret);
    }
    let folder: PathBuf =
        options.server_data.clone().unwrap_or_else(|| folders::of_part("server", "--server-data", voice));
    let file = folder.join("config.toml");
    let missing = |why: String| {
        Failure::Usage(format!(
            "{why}: pass the client's secret with --client-secret or COUNTERSIGN_CLIENT_SECRET, or the server's data folder with \
             --server-data"
        ))
    };
    if !file.exists() {
        return Err(missing(format!(
            "the secret of client {} is not known, and {} does not exist",
            options.client_id,
            file.display()
        )));
    }
    let config = Config::load(&file).map_err(|error| missing(format!("{}: {error}", file.display())))?;
    secret_of(&config, &options.client_id)
        .ok_or_else(|| missing(format!("{} has no client {} with a secret", file.display(), options.client_id)))
}

/// Explains the errors that new users meet first.
fn explained(error: RpError, options: &cli::Login) -> Failure {
    let server = options.server.trim_end_matches('/');
    Failure::Failed(match error.code() {
        Some("unknown_user_id") => format!(
            "{} does not exist or has no phone: sign in at {server}/phones and add one (`countersign phone`)",
            options.user
        ),
        Some("invalid_client") => {
            format!(
                "the server does not accept client {} with this secret: check --client-id and --client-secret",
                options.client_id
            )
        }
        _ => error.to_string(),
    })
}
