//! The parts that provider, pages and jobs share.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directory;
use crate::keys::ServerKeys;
use crate::security_log::SecurityLog;
use crate::shutdown::Shutdown;
use crate::store::Store;

/// The shared parts of the server. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// The configuration, with the real port in `issuer`.
    pub(crate) config: Arc<Config>,
    /// The accounts and clients.
    pub(crate) directory: Arc<dyn Directory>,
    /// The database.
    pub(crate) store: Store,
    /// The private keys.
    pub(crate) keys: Arc<ServerKeys>,
    /// The security log.
    pub(crate) security_log: SecurityLog,
    /// The clock.
    pub(crate) clock: Clock,
    /// The signal that ends streams and jobs.
    pub(crate) shutdown: Shutdown,
}
