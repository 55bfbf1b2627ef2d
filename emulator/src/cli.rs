//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use countersign_core::jose::Thumbprint;

/// Asks, shows, countersigns: a decoupled login (OpenID CIBA) with a virtual phone.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Server, virtual phone and shop together, to be tried in a browser
    Demo(Demo),
    /// The OpenID Provider and its device gateway
    Server(Server),
    /// A virtual phone: approval pages and an automation API
    Phone(Phone),
    /// Log in as a relying party would: prints the code to type on the phone, then the verified claims
    Login(Login),
    /// Check a phone's evidence of what it was asked and what was answered, from the file alone
    VerifyEvidence(VerifyEvidence),
}

impl Command {
    /// Whether standard output is for programs.
    pub(crate) const fn json(&self) -> bool {
        match self {
            Self::Demo(options) => options.json,
            Self::Server(Server { task: Some(ServerTask::RotateKeys(options)), .. }) => options.json,
            Self::Server(options) => options.json,
            Self::Phone(options) => options.json,
            Self::Login(options) => options.json,
            Self::VerifyEvidence(options) => options.json,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Run the whole flow without a person, check every step, and end
    #[arg(long)]
    pub(crate) headless: bool,
    /// The shop shows a QR code to scan instead of six digits to type
    #[arg(long, conflicts_with = "headless")]
    pub(crate) scan: bool,
    /// One JSON document on standard output, prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the data in this folder; without it, in a temporary one that goes away at the end. At other ports the server has
    /// another address: then the phone has to be added again
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// First of three ports: the server's, the phone's (10 higher) and the shop's (20 higher); 0 takes free ones
    #[arg(long, value_name = "PORT")]
    pub(crate) port_base: Option<u16>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Server {
    #[command(subcommand)]
    pub(crate) task: Option<ServerTask>,
    /// Folder for database and keys; without it, one in your data folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file (TOML); without it, a developer's one is made in the data folder
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Listen here instead of where the configuration says; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// For tests: also answer here (this machine only) to a program that plays the person at the pages, the relying party and
    /// the push service, and that may shift the clock. Whoever reaches it can add phones to any account
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// First line on standard output: {"ready":true,"url":…}, with "control" if there is one
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is done to a server's data folder while no server runs on it.
#[derive(Debug, Subcommand)]
pub(crate) enum ServerTask {
    /// Let the next key take the place of the one that signs messages to phones, while the server is stopped
    RotateKeys(RotateKeys),
}

#[derive(Debug, Args)]
pub(crate) struct RotateKeys {
    /// The server's folder; without it, the one in your data folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The server's configuration file; without it, the one in the data folder
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One JSON document on standard output, prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Phone {
    /// Folder for keys and state; without it, one in your data folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Listen here (this machine only); port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8470")]
    pub(crate) listen: SocketAddr,
    /// The types of authorization details that the bank declares: the JSON document that its server has
    #[arg(long, value_name = "FILE")]
    pub(crate) types: Option<PathBuf>,
    /// First line on standard output: {"ready":true,"url":…}
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8460")]
    pub(crate) server: String,
    /// Who asks
    #[arg(long, value_name = "ID", default_value = "shop")]
    pub(crate) client_id: String,
    /// The client's secret; without it, COUNTERSIGN_CLIENT_SECRET, or what the local server's configuration holds
    #[arg(long, value_name = "SECRET")]
    pub(crate) client_secret: Option<String>,
    /// Data folder of the local server, to read the client's secret from
    #[arg(long, value_name = "DIR")]
    pub(crate) server_data: Option<PathBuf>,
    /// Who is to be asked
    #[arg(long, value_name = "USERNAME", default_value = "alice")]
    pub(crate) user: String,
    /// ApprovalRequest for a payment instead of a login, as "42.50 EUR to ACME"
    #[arg(long, value_name = "AMOUNT CURRENCY to PAYEE")]
    pub(crate) pay: Option<String>,
    /// One JSON document on standard output, prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyEvidence {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The issuer's keys, by their SHA-256 thumbprints (RFC 7638); without them, the file's own word counts. Repeat for each
    #[arg(long, value_name = "THUMBPRINT")]
    pub(crate) issuer_key: Vec<Thumbprint>,
    /// The types of authorization details that the bank declares: the JSON document that its app and its server have
    #[arg(long, value_name = "FILE")]
    pub(crate) types: Option<PathBuf>,
    /// One JSON document on standard output, prose on standard error
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn the_parts_fit_together_without_flags() {
        let Command::Phone(phone) = Cli::parse_from(["countersign", "phone"]).command else { panic!() };
        assert_eq!(phone.listen.port(), 8470);
        let Command::Login(login) = Cli::parse_from(["countersign", "login"]).command else { panic!() };
        assert_eq!((&*login.server, &*login.client_id, &*login.user), ("http://127.0.0.1:8460", "shop", "alice"));
    }
}
