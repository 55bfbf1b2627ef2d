//! The OpenID Provider side of Countersign: a CIBA provider and the gateway to the phones, in one process.
//!
//! [`Server::start`] opens a data folder, binds an address and serves until it is told to stop. Everything else hangs
//! below it:
//!
//! | module | what it holds |
//! |---|---|
//! | [`app`] | assembly: start, stop, what can go wrong at start |
//! | [`config`] | the configuration file, parsed into types that cannot be wrong |
//! | [`clock`], [`keys`], [`store`], [`shutdown`], [`problem`] | what every part stands on |
//! | [`provider`] | the OpenID Provider of CIBA Core 1.0: discovery, backchannel authentication, token, userinfo |
//! | [`gateway`] | ADP/1, the protocol of the phones; knows nothing of CIBA |
//! | [`policy`], [`push`], [`audit`] | what the gateway asks of a decision, how it reaches a phone, what it keeps as evidence |
//! | [`web`] | the pages a person sees: sign in, list of phones, add a phone |
pub mod app;
pub mod audit;
pub mod clock;
pub mod config;
pub mod gateway;
mod hang_up;
pub mod keys;
pub mod policy;
pub mod problem;
pub mod provider;
pub mod push;
pub mod shutdown;
pub mod store;
pub mod web;

pub use app::{RunningServer, Server, StartError};
pub use clock::Clock;
pub use config::Config;
