//! Assembly: one process that is provider, gateway and pages; its start, its stop and what can go wrong at the start.

mod host;
mod serve;
mod sweep;

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

use countersign_protocol::message::claims::ClaimError;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::gateway::{self, Gateway};
use crate::keys::{KeysError, ServerKeys};
use crate::push::{Channels, Relay};
use crate::shutdown::{self, Shutdown, ShutdownHandle};
use crate::store::{DataFolder, FolderError, OpenError, Store};
use crate::{provider, web};

/// How long a stop waits for requests that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// No request body is larger; each part may allow less.
const LARGEST_BODY: usize = 64 * 1024;

/// What every part of the server stands on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Base {
    /// The configuration, with the real port in `issuer`.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The private keys.
    pub keys: Arc<ServerKeys>,
    /// The one clock.
    pub clock: Clock,
    /// The signal that ends long-lived streams and tasks.
    pub shutdown: Shutdown,
}

/// The server. See [`Server::start`].
#[derive(Debug)]
pub struct Server;

/// A server that runs until [`stop`](Self::stop) is called or this value is dropped.
pub struct RunningServer {
    issuer: String,
    local_addr: SocketAddr,
    gateway: Gateway,
    store: Store,
    shutdown: ShutdownHandle,
    serving: JoinHandle<()>,
    sweeping: JoinHandle<()>,
}

/// Why the server did not start. Each says what is wrong and what to do instead.
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
    /// The private keys cannot be loaded.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The gateway could not be set up.
    #[error("the device gateway cannot start: {0}")]
    Gateway(#[source] gateway::Fault),
    /// The people's pages could not be set up.
    #[error("the pages cannot start: {0}")]
    Pages(#[source] gateway::Fault),
    /// Another program listens there.
    #[error(
        "the address {0} is already in use. Stop the program that listens there, or set `listen` (and the port in \
         `issuer`) to another one."
    )]
    PortTaken(SocketAddr),
    /// The operating system refuses the address.
    #[error("cannot listen on {address}: {source}. Set `listen` to an address of this machine, as 127.0.0.1:8460.")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Server {
    /// Opens the data folder, binds the address and starts serving. When this returns, requests are answered.
    ///
    /// # Errors
    /// [`StartError`] says what is wrong and what to do instead. Nothing in the folder is overwritten.
    pub async fn start(config: Config, folder: DataFolder, clock: Clock) -> Result<RunningServer, StartError> {
        Self::start_with(config, folder, clock, None).await
    }

    /// As [`start`](Self::start), with the push services of the embedding program.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(
        mut config: Config,
        folder: DataFolder,
        clock: Clock,
        relay: Option<Arc<dyn Relay>>,
    ) -> Result<RunningServer, StartError> {
        config.check()?;
        if config.is_https() && !config.trusted_proxy && config.listen.ip().is_loopback() {
            tracing::warn!(
                "TLS ends in front of this server, so nobody's own address is known and sign-ins are limited by name                  only: set `trusted_proxy = true` once the front sets X-Forwarded-For"
            );
        }
        let store = Store::open(folder).await?;
        let keys = Arc::new(ServerKeys::open(&store).await?);
        let listener = listen(config.listen).await?;
        let local_addr =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
        if let Some(host) = config.issuer.strip_suffix(":0") {
            config.issuer = format!("{host}:{}", local_addr.port());
        }

        let (handle, shutdown) = shutdown::channel();
        let base = Base { config: Arc::new(config), store: store.clone(), keys, clock, shutdown: shutdown.clone() };
        let gateway = Gateway::open(gateway_parts(&base, relay)?).await.map_err(StartError::Gateway)?;
        let router = Router::new()
            .route("/healthz", get(health).with_state(store.clone()))
            .merge(provider::router(base.clone(), gateway.clone()))
            .merge(gateway::router(gateway.clone()))
            .merge(web::router(base.clone(), gateway.clone()).await.map_err(StartError::Pages)?)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(from_fn_with_state(base.config.clone(), host::own_name_only));
        Ok(RunningServer {
            issuer: base.config.issuer.clone(),
            local_addr,
            gateway,
            store,
            shutdown: handle,
            serving: tokio::spawn(serve::run(listener, router, serve::Limits::default(), shutdown)),
            sweeping: tokio::spawn(sweep::run(base)),
        })
    }
}

impl RunningServer {
    /// The issuer's identifier: the base of every address.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The way to the phones, for a program that asks them without CIBA.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Stops: no new connections, streams end, requests under way get three seconds, the database is closed and the
    /// folder let go.
    pub async fn stop(self) {
        let Self { shutdown, serving, sweeping, store, gateway, .. } = self;
        shutdown.stop();
        let abort = serving.abort_handle();
        if tokio::time::timeout(STOP_PATIENCE, serving).await.is_err() {
            abort.abort();
        }
        sweeping.await.ok();
        drop(gateway);
        store.close().await;
    }
}

/// What the gateway needs of the whole.
fn gateway_parts(base: &Base, relay: Option<Arc<dyn Relay>>) -> Result<gateway::Parts, ConfigError> {
    let wrong = |field: &str, reason: String| ConfigError::Value { field: field.to_owned(), reason };
    Ok(gateway::Parts {
        store: base.store.clone(),
        keys: base.keys.clone(),
        key_policy: base.config.keys.clone(),
        clock: base.clock.clone(),
        shutdown: base.shutdown.clone(),
        issuer: base.config.issuer.parse().map_err(|e: ClaimError| wrong("issuer", e.to_string()))?,
        issuer_name: base.config.name.clone(),
        app_link: base.config.app_link.parse().map_err(|e: url::ParseError| wrong("app_link", e.to_string()))?,
        detail_types: base.config.declared_types.clone(),
        policy: base.config.policy.clone(),
        channels: Channels { relay, ..Channels::default() },
    })
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
    match sqlx::query("SELECT 1").execute(store.pool()).await {
        Ok(_) => Ok("ok\n"),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
