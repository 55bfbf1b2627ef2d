//! Assembly of provider, gateway, pages and jobs in one process; its start and stop.

mod call;
mod calls;
mod former;
mod health;
mod host;
mod open_files;
mod places;
mod serve;
mod stopped;
mod watched;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use countersign_protocol::jose::random;
use countersign_protocol::message::claims::ClaimError;
use zeroize::Zeroizing;

use crate::base::Base;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::directory::{ConfigDirectory, DirectoryError};
use crate::gateway::{self, Gateway, GatewayError};
use crate::jobs::pushes::PushJob;
use crate::jobs::sweep::Sweep;
use crate::keys::{FormerKey, KeysError, RotateError, ServerKeys};
#[cfg(unix)]
use crate::operator::{self, Operated};
use crate::provider::TokenOwner;
use crate::push::stream::Streams;
use crate::push::{Channels, Relay};
use crate::security_log::{Event, SecurityLog, rotation};
use crate::shutdown::{self, ShutdownHandle};
use crate::store::{DataFolder, FolderError, OpenError, Store, StoreError};
use crate::{provider, web};

pub use stopped::StoppedServer;

use health::Health;
use open_files::TooFewFiles;
use places::Places;
use serve::{Serving, Times};

/// The longest time for which a stop waits for running calls.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// The size of a body. Each part can allow less.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The server. See [`Server::start`].
#[derive(Debug)]
pub struct Server;

/// A server that runs until [`stop`](Self::stop) is called or this value is dropped.
pub struct RunningServer {
    issuer: String,
    local_addr: SocketAddr,
    gateway: Gateway,
    store: Store,
    keys: Arc<ServerKeys>,
    clock: Clock,
    sweep: Sweep,
    security_log: SecurityLog,
    shutdown: ShutdownHandle,
    health: Health,
    drain: Duration,
    serving: JoinHandle<()>,
    jobs: Vec<JoinHandle<()>>,
}

/// A server that did not start. Each error says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder is in use or cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database failed after it was opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory of accounts and clients did not respond.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The private keys cannot be loaded.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The gateway could not be set up.
    #[error("the device gateway cannot start: {0}")]
    Gateway(#[source] GatewayError),
    /// The security log cannot be opened.
    #[error("cannot open the security log: {0}. Check `security_log` and the permissions of the file.")]
    SecurityLog(#[source] io::Error),
    /// The pages could not be set up.
    #[error("the pages cannot start: {0}")]
    Pages(#[source] web::PagesError),
    /// The operating system allows too few open files.
    #[error(
        "the operating system allows {files} open files, and the server needs at least {needed}. Raise the limit to \
         8192: LimitNOFILE=8192 in a systemd unit, `ulimit -n 8192` in a shell."
    )]
    TooFewFiles {
        /// The limit.
        files: u64,
        /// The smallest limit with which the server works.
        needed: u64,
    },
    /// Another program listens at the address.
    #[error(
        "the address {0} is already in use. Stop the program that listens there, or set `listen` (and the port in \
         `issuer`) to another one."
    )]
    PortTaken(SocketAddr),
    /// The operating system does not allow the address.
    #[error(
        "cannot listen on {address}: {source}. Set `listen` to an address of this machine, for example 127.0.0.1:8460."
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl Server {
    /// Opens the data folder, binds the address and starts to serve. Calls are answered when it
    /// returns.
    ///
    /// # Errors
    /// [`StartError`] says what is wrong and what to do. Nothing in the folder is overwritten.
    pub async fn start(config: Config, folder: DataFolder, clock: Clock) -> Result<RunningServer, StartError> {
        Self::start_with(config, folder, clock, None).await
    }

    /// Starts like [`start`](Self::start), with the push services of the embedding program.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(
        mut config: Config,
        folder: DataFolder,
        clock: Clock,
        relay: Option<Arc<dyn Relay>>,
    ) -> Result<RunningServer, StartError> {
        config.check().inspect_err(|error| {
            SecurityLog::report_rejected_configuration(error.kind(), error.line());
        })?;
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        config.limits = open_files::fit(config.limits)?;
        let store = Store::open(folder).await?;
        let has_enrolments = store.read().await?.has_enrolments().await?;
        let keys = Arc::new(ServerKeys::open(store.folder(), has_enrolments)?);
        let listener = listen(config.listen)?;
        let local_addr =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
        if let Some(host) = config.issuer.strip_suffix(":0") {
            config.issuer = format!("{host}:{}", local_addr.port());
        }

        let security_log = open_security_log(&store, &config, clock.clone()).await?;
        let (handle, shutdown) = shutdown::channel();
        let directory = Arc::new(ConfigDirectory::new(&config));
        former::bind(&store, &*directory, &security_log, clock.now()).await?;
        let base = Base {
            config: Arc::new(config),
            directory,
            store: store.clone(),
            keys: keys.clone(),
            security_log: security_log.clone(),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
        };
        let channels = Channels { relay, streams: streams(&base.config) };
        let parts = gateway_parts(&base, channels.clone())?;
        let gateway = Gateway::open(parts).map_err(StartError::Gateway)?;
        let pushes = PushJob { store: store.clone(), channels, clock: clock.clone() };
        let sweep = Sweep::new(store.clone(), clock.clone(), base.config.evidence_days);
        let places =
            Places::new(count(base.config.limits.connections), count(base.config.limits.connections_per_address));
        let health =
            Health::new(store.clone(), places.clone(), sweep.last_run.clone(), clock.clone(), shutdown.clone());
        let router = Router::new()
            .merge(health.clone().router())
            .merge(provider::router(base.clone(), gateway.clone()))
            .merge(gateway::router(gateway.clone()))
            .merge(web::router(base.clone(), gateway.clone()).await.map_err(StartError::Pages)?)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(from_fn_with_state(base.config.clone(), host::own_name_only));
        let serving = Serving { router, config: base.config.clone(), places, times: Times::default() };
        let key_epoch = base.keys.device().epoch();
        security_log.record(&Event::ServerStarted { version: env!("CARGO_PKG_VERSION"), key_epoch });
        let mut jobs =
            vec![tokio::spawn(pushes.run(shutdown.clone())), tokio::spawn(sweep.clone().run(shutdown.clone()))];
        jobs.extend(serve_operator(&base, &gateway));
        Ok(RunningServer {
            issuer: base.config.issuer.clone(),
            local_addr,
            gateway,
            store,
            keys,
            clock,
            sweep,
            security_log,
            shutdown: handle,
            health,
            drain: Duration::from_secs(base.config.limits.drain_s.into()),
            jobs,
            serving: tokio::spawn(serve::run(listener, serving, shutdown)),
        })
    }
}

impl RunningServer {
    /// Returns the issuer URL, the base of every address.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the address of the listener.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Returns the gateway, for a program that requests approvals without CIBA.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Deletes expired rows now. The server does it every minute, five minutes after the start.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Rows deleted before stay deleted.
    pub async fn delete_expired(&self) -> Result<(), StoreError> {
        self.sweep.sweep(true).await
    }

    /// Rotates the key that signs ID tokens. `Gateway::rotate_keys` rotates the key for phones.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate_id_token_key(&self, former: FormerKey) -> Result<(), RotateError> {
        let rotated = self.keys.rotate_id_token(former, self.clock.now());
        self.security_log.record(&rotation::of_id_token_key(former, &rotated));
        rotated
    }

    /// Revokes all tokens of an account or client and returns their number.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Nothing was revoked then.
    pub async fn revoke_tokens(&self, owner: &TokenOwner) -> Result<u64, StoreError> {
        provider::revoke_all(&self.store, owner, &self.security_log).await
    }

    /// Stops the server. `/readyz` reports the stop for the configured time. Then new connections
    /// are refused and streams end. Running calls get three seconds. Then the database is closed
    /// and the folder released.
    pub async fn stop(self) {
        let Self { shutdown, serving, jobs, store, gateway, sweep, health, drain, security_log, .. } = self;
        health.drain();
        tokio::time::sleep(drain).await;
        shutdown.stop();
        let abort = serving.abort_handle();
        if tokio::time::timeout(STOP_TIMEOUT, serving).await.is_err() {
            abort.abort();
        }
        for job in jobs {
            job.await.ok();
        }
        drop((gateway, sweep));
        security_log.record(&Event::ServerStopped {});
        store.close().await;
    }
}

/// Starts to execute commands of the operator. The server works without them.
#[cfg(unix)]
fn serve_operator(base: &Base, gateway: &Gateway) -> Option<JoinHandle<()>> {
    match operator::listen(base.store.folder().path()) {
        Ok(listener) => {
            Some(tokio::spawn(operator::serve(listener, Operated::of(base, gateway), base.shutdown.clone())))
        }
        Err(error) => {
            tracing::warn!(%error, "`countersign server phones` does not work: its socket cannot be created");
            None
        }
    }
}

#[cfg(not(unix))]
fn serve_operator(_: &Base, _: &Gateway) -> Option<JoinHandle<()>> {
    None
}

/// Returns the parts of the gateway.
fn gateway_parts(base: &Base, channels: Channels) -> Result<gateway::Parts, ConfigError> {
    let wrong = |field: &str, reason: String| ConfigError::Value { field: field.to_owned(), reason };
    Ok(gateway::Parts {
        store: base.store.clone(),
        keys: base.keys.clone(),
        key_policy: base.config.keys.clone(),
        security_log: base.security_log.clone(),
        clock: base.clock.clone(),
        shutdown: base.shutdown.clone(),
        issuer: base.config.issuer.parse().map_err(|e: ClaimError| wrong("issuer", e.to_string()))?,
        issuer_name: base.config.name.clone(),
        app_link: base.config.app_link.parse().map_err(|e: url::ParseError| wrong("app_link", e.to_string()))?,
        detail_types: base.config.declared_types.clone(),
        policy: base.config.policy.clone(),
        channels,
    })
}

/// Opens the security log. The key of its pseudonyms is a secret of the database.
async fn open_security_log(store: &Store, config: &Config, clock: Clock) -> Result<SecurityLog, StartError> {
    let fresh = Zeroizing::new(random::bytes::<32>().map_err(|error| StartError::Gateway(error.into()))?);
    let mut tx = store.begin().await?;
    let key = Zeroizing::new(tx.secret("security_log", fresh.as_slice()).await?);
    tx.commit().await?;
    SecurityLog::open(&config.security_log, &key, clock).map_err(StartError::SecurityLog)
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    serve::listen(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen { address, source },
    })
}

impl std::fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningServer").field("issuer", &self.issuer).field("local_addr", &self.local_addr).finish()
    }
}

impl From<TooFewFiles> for StartError {
    fn from(TooFewFiles { files, needed }: TooFewFiles) -> Self {
        Self::TooFewFiles { files, needed }
    }
}

/// Returns the streams. Each phone of an account can change networks at the same time.
fn streams(config: &Config) -> Streams {
    Streams::new(count(config.limits.streams), count(config.policy.phones_per_account).saturating_mul(2))
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
