//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use countersign_core::jose::Thumbprint;
use countersign_core::message::claims::EnrolmentId;
use countersign_core::message::claims::Issuer;

/// Decoupled logins and payments (OpenID CIBA) with a virtual phone
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start server, virtual phone and shop together, for use in a browser
    Demo(Demo),
    /// Start the OpenID Provider with its device gateway
    Server(Server),
    /// Start a virtual phone with an approval page and an automation API
    Phone(Phone),
    /// Log in as a relying party: print the code to type on the phone, then the verified claims
    Login(Login),
    /// Verify a phone's evidence of requests and decisions from the file alone
    VerifyEvidence(VerifyEvidence),
}

impl Command {
    /// Returns whether standard output carries JSON for programs.
    pub(crate) const fn json(&self) -> bool {
        match self {
            Self::Demo(options) => options.json,
            Self::Server(Server { task: Some(ServerTask::RotateKeys(options)), .. }) => options.json,
            Self::Server(Server { task: Some(ServerTask::Check(options)), .. }) => options.json,
            Self::Server(Server { task: Some(ServerTask::Phones(options)), .. }) => options.task.json(),
            Self::Server(options) => options.json,
            Self::Phone(options) => options.json,
            Self::Login(options) => options.json,
            Self::VerifyEvidence(options) => options.json,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Run the whole flow without a person, check every step, and exit
    #[arg(long)]
    pub(crate) headless: bool,
    /// Show a QR code to scan in the shop instead of six digits to type
    #[arg(long, conflicts_with = "headless")]
    pub(crate) scan: bool,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the data in this folder [default: a temporary folder that is deleted at the end]. On
    /// other ports the server has another address, and the phone must be enrolled again
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// First of three ports: server, phone (10 higher), shop (20 higher); 0 selects free ports
    #[arg(long, value_name = "PORT")]
    pub(crate) port_base: Option<u16>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Server {
    #[command(subcommand)]
    pub(crate) task: Option<ServerTask>,
    /// Folder for the database and the keys [default: `countersign/server` in the user's data
    /// folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file (TOML) [default: a developer configuration that is created in the data
    /// folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Listen on this address instead of the configured one; port 0 selects a free port
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// For tests only: also serve a control interface on this loopback address. It stands in for
    /// the user at the pages, the relying party and the push service, and it can shift the clock.
    /// Anyone who can connect to it can enrol phones for any account
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// Print {"ready":true,"url":…} as the first line on standard output, with "control" if there
    /// is a control interface
    #[arg(long)]
    pub(crate) json: bool,
}

/// A task on a server's data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum ServerTask {
    /// Replace a signing key by the next key, while the server is stopped
    RotateKeys(RotateKeys),
    /// Check every page of the database and the keys, while the server is stopped or in a copy
    Check(Check),
    /// List, suspend, reinstate or remove phones while the server runs
    Phones(Phones),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The server's data folder, or a restored backup [default: `countersign/server` in the user's
    /// data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Phones {
    #[command(subcommand)]
    pub(crate) task: PhonesTask,
}

impl PhonesTask {
    const fn json(&self) -> bool {
        match self {
            Self::List(options) => options.json,
            Self::Suspend(options) | Self::Reinstate(options) | Self::Remove(options) => options.json,
        }
    }
}

/// A task on the phones of a running server.
#[derive(Debug, Subcommand)]
pub(crate) enum PhonesTask {
    /// List the suspended phones of all accounts, or the phones of one account
    List(ListPhones),
    /// Suspend an active phone: it gets no requests and cannot approve
    Suspend(OnePhone),
    /// Lift the suspension of a phone
    Reinstate(OnePhone),
    /// Remove a phone permanently
    Remove(OnePhone),
}

#[derive(Debug, Args)]
pub(crate) struct ListPhones {
    /// The server's data folder [default: `countersign/server` in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// List the phones of this account that are not removed
    #[arg(long, value_name = "USERNAME")]
    pub(crate) account: Option<String>,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OnePhone {
    /// The enrolment of the phone, as `list` and the security log name it
    #[arg(value_name = "ENROLMENT")]
    pub(crate) enrolment: EnrolmentId,
    /// The server's data folder [default: `countersign/server` in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKeys {
    /// The server's data folder [default: `countersign/server` in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The server's configuration file, for the security log and `[keys]` [default: `config.toml`
    /// in the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Replace the key that signs ID tokens instead of the key that signs messages to phones
    #[arg(long)]
    pub(crate) id_token: bool,
    /// The key that signs ID tokens may be stolen: replace it and its next key by new ones, and
    /// accept no former key
    #[arg(long, requires = "id_token")]
    pub(crate) withdraw: bool,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Phone {
    /// Folder for keys and state [default: `countersign/phone` in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Listen on this loopback address; port 0 selects a free port
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8470")]
    pub(crate) listen: SocketAddr,
    /// Enrol with this issuer only [default: the issuer of any offer]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<Issuer>,
    /// JSON document that declares the issuer's types of authorization details; the server must use
    /// the same one
    #[arg(long, value_name = "FILE", requires = "issuer")]
    pub(crate) types: Option<PathBuf>,
    /// Print {"ready":true,"url":…} as the first line on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// URL of the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8460")]
    pub(crate) server: String,
    /// Client id of the relying party
    #[arg(long, value_name = "ID", default_value = "shop")]
    pub(crate) client_id: String,
    /// The client's secret [default: COUNTERSIGN_CLIENT_SECRET, or the secret in the local server's
    /// configuration]
    #[arg(long, value_name = "SECRET")]
    pub(crate) client_secret: Option<String>,
    /// Data folder of the local server, from which the client's secret is read
    #[arg(long, value_name = "DIR")]
    pub(crate) server_data: Option<PathBuf>,
    /// User name of the person who is asked to approve
    #[arg(long, value_name = "USERNAME", default_value = "alice")]
    pub(crate) user: String,
    /// Request a payment instead of a login, for example "42.50 EUR to ACME"
    #[arg(long, value_name = "AMOUNT CURRENCY to PAYEE")]
    pub(crate) pay: Option<String>,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyEvidence {
    /// File with the evidence; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// SHA-256 thumbprint (RFC 7638) of a key of the issuer; may be repeated. Without it, the keys
    /// in the file are not compared with anything
    #[arg(long, value_name = "THUMBPRINT")]
    pub(crate) issuer_key: Vec<Thumbprint>,
    /// JSON document that declares the bank's types of authorization details; may be repeated, with
    /// earlier documents first. A decision names its document
    #[arg(long, value_name = "FILE")]
    pub(crate) types: Vec<PathBuf>,
    /// Print one JSON document on standard output and prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_definition_is_valid() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn default_options_fit_together() {
        let Command::Phone(phone) = Cli::parse_from(["countersign", "phone"]).command else { panic!() };
        assert_eq!(phone.listen.port(), 8470);
        let Command::Login(login) = Cli::parse_from(["countersign", "login"]).command else { panic!() };
        assert_eq!((&*login.server, &*login.client_id, &*login.user), ("http://127.0.0.1:8460", "shop", "alice"));
    }
}
