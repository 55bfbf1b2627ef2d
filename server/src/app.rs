//! Assembly of provider, gateway, pages and jobs in one process; its start and stop.

mod call;
mod host;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use countersign_protocol::jose::random;
use countersign_protocol::message::claims::ClaimError;
use zeroize::Zeroizing;

use crate::base::Base;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::directory::ConfigDirectory;
use crate::gateway::{self, Gateway, GatewayError};
use crate::jobs::pushes::PushJob;
use crate::jobs::sweep::Sweep;
use crate::keys::{KeysError, ServerKeys};
#[cfg(unix)]
use crate::operator;
use crate::push::{Channels, Relay};
use crate::security_log::{Event, SecurityLog};
use crate::shutdown::{self, ShutdownHandle};
use crate::store::{DataFolder, FolderError, OpenError, Store, StoreError};
use crate::{provider, web};

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
    security_log: SecurityLog,
    shutdown: ShutdownHandle,
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
        let store = Store::open(folder).await?;
        let has_enrolments = store.read().await?.has_enrolments().await?;
        let keys = Arc::new(ServerKeys::open(store.folder(), has_enrolments)?);
        let listener = listen(config.listen).await?;
        let local_addr =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
        if let Some(host) = config.issuer.strip_suffix(":0") {
            config.issuer = format!("{host}:{}", local_addr.port());
        }

        let security_log = open_security_log(&store, &config, clock.clone()).await?;
        let (handle, shutdown) = shutdown::channel();
        let directory = Arc::new(ConfigDirectory::new(&config));
        let base = Base {
            config: Arc::new(config),
            directory,
            store: store.clone(),
            keys,
            security_log: security_log.clone(),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
        };
        let channels = Channels { relay, ..Channels::default() };
        let parts = gateway_parts(&base, channels.clone())?;
        let gateway = Gateway::open(parts).await.map_err(StartError::Gateway)?;
        let pushes = PushJob { store: store.clone(), channels, clock: clock.clone() };
        let sweep = Sweep { store: store.clone(), clock, evidence_days: base.config.evidence_days };
        let router = Router::new()
            .route("/healthz", get(health).with_state(store.clone()))
            .merge(provider::router(base.clone(), gateway.clone()))
            .merge(gateway::router(gateway.clone()))
            .merge(web::router(base.clone(), gateway.clone()).await.map_err(StartError::Pages)?)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(from_fn_with_state(base.config.clone(), host::own_name_only))
            .layer(from_fn_with_state(base.config.clone(), call::protected))
            .layer(from_fn_with_state(base.config.clone(), call::identified));
        let key_epoch = base.keys.device().epoch();
        security_log.record(&Event::ServerStarted { version: env!("CARGO_PKG_VERSION"), key_epoch });
        let mut jobs = vec![tokio::spawn(pushes.run(shutdown.clone())), tokio::spawn(sweep.run(shutdown.clone()))];
        jobs.extend(serve_operator(&base, &gateway));
        Ok(RunningServer {
            issuer: base.config.issuer.clone(),
            local_addr,
            gateway,
            store,
            security_log,
            shutdown: handle,
            jobs,
            serving: tokio::spawn(serve::run(listener, router, serve::Limits::default(), shutdown)),
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

    /// Stops the server. New connections are refused and streams end. Running calls get three
    /// seconds. Then the database is closed and the folder released.
    pub async fn stop(self) {
        let Self { shutdown, serving, jobs, store, gateway, security_log, .. } = self;
        shutdown.stop();
        let abort = serving.abort_handle();
        if tokio::time::timeout(STOP_TIMEOUT, serving).await.is_err() {
            abort.abort();
        }
        for job in jobs {
            job.await.ok();
        }
        drop(gateway);
        security_log.record(&Event::ServerStopped {});
        store.close().await;
    }
}

/// Starts to execute commands of the operator. The server works without them.
#[cfg(unix)]
fn serve_operator(base: &Base, gateway: &Gateway) -> Option<JoinHandle<()>> {
    match operator::listen(base.store.folder().path()) {
        Ok(listener) => Some(tokio::spawn(operator::serve(listener, gateway.clone(), base.shutdown.clone()))),
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

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen { address, source },
    })
}

impl std::fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningServer").field("issuer", &self.issuer).field("local_addr", &self.local_addr).finish()
    }
}

async fn health(State(store): State<Store>) -> Result<&'static str, StatusCode> {
    let read = async { store.read().await?.has_enrolments().await };
    read.await.map(|_| "ok\n").map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}
