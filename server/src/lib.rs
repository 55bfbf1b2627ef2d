//! The OpenID Provider side of Countersign: a CIBA provider and the gateway to the phones, in one
//! process.
//!
//! [`Server::start`] opens a data folder, binds an address and serves until it is stopped. A module
//! uses only modules of its own row and of the rows below it:
//!
//! | modules | content |
//! |---|---|
//! | [`app`] | start and stop of the process, with its listener |
//! | [`provider`], [`web`] | the OpenID Provider of CIBA Core 1.0, and the pages for users |
//! | [`audit`], [`operator`] | the evidence of each decision; commands of the operator |
//! | [`gateway`] | ADP/1, the protocol of the phones. It knows nothing of CIBA |
//! | `base`, `jobs` | the shared parts; sending of pushes and deletion of expired rows |
//! | [`directory`] | accounts and clients |
//! | `address` | the network address of a caller |
//! | [`config`] | the configuration file |
//! | [`store`] | traits per aggregate and transactions with named locks; the SQLite backend |
//! | [`security_log`] | one JSON line for each security event |
//! | [`keys`], [`policy`], [`push`] | signing keys and their rotation, limits, ways to phones |
//! | [`model`] | data types and their transitions, without I/O |
//! | `budget`, [`clock`], `folder`, [`problem`], [`shutdown`] | small parts without dependencies |
mod address;
pub mod app;
pub mod audit;
mod base;
mod budget;
pub mod clock;
pub mod config;
pub mod directory;
mod folder;
pub mod gateway;
mod hang_up;
mod jobs;
pub mod keys;
pub mod model;
#[cfg(unix)]
pub mod operator;
pub mod policy;
pub mod problem;
pub mod provider;
pub mod push;
pub mod security_log;
pub mod shutdown;
pub mod store;
pub mod web;

pub use app::{RunningServer, Server, StartError, StoppedServer};
pub use clock::Clock;
pub use config::Config;
