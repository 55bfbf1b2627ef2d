//! The demo's server, phone and shop in one process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::Issuers;
use countersign_core::message::request::BindingMode;
use countersign_core::platform::Transport;
use countersign_server::security_log::Destination;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::listener::{Listener, Serving};
use crate::phone::{self, Keeping, Phone};
use crate::rp::RelyingParty;
use crate::server::{not_started, secret_of};
use crate::shop::{Shop, Tie};

/// The user name of the demo account.
pub(super) const USER: &str = "alice";
/// The password of the demo account.
pub(super) const PASSWORD: &str = "demo";
/// The client id of the shop.
pub(super) const CLIENT: &str = "shop";
/// The shop's name on the phone.
pub(super) const CLIENT_NAME: &str = "ACME Shop";

/// Server, phone and shop.
pub(super) struct Stage {
    pub(super) server: RunningServer,
    /// The server's clock.
    pub(super) clock: Clock,
    pub(super) phone: Phone,
    pub(super) phone_url: String,
    pub(super) party: Arc<RelyingParty>,
    pub(super) shop_url: String,
    serving: [Serving; 2],
    folder: Folder,
}

/// The data folder.
enum Folder {
    Given(PathBuf),
    /// Deleted when the value is dropped.
    Temporary(TempDir),
}

/// The three ports; 0 selects a free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    server: u16,
    phone: u16,
    shop: u16,
}

impl Ports {
    pub(super) const FREE: Self = Self { server: 0, phone: 0, shop: 0 };

    /// Returns the first port and those 10 and 20 higher.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the ports exceed 65535.
    pub(super) fn from(first: u16) -> Result<Self, Failure> {
        match (first, first.checked_add(10), first.checked_add(20)) {
            (0, ..) => Ok(Self::FREE),
            (server, Some(phone), Some(shop)) => Ok(Self { server, phone, shop }),
            _ => Err(Failure::Usage(format!("--port-base {first}: use at most {}", u16::MAX - 20))),
        }
    }
}

const PORT_FLAG: &str = "--port-base (0 selects free ports)";

impl Stage {
    /// Starts all three. `adjust` may change the server's configuration. The phone sends through
    /// `transport`.
    pub(super) async fn set(
        folder: Option<&Path>,
        ports: Ports,
        transport: Arc<dyn Transport>,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<Self, Failure> {
        let folder = Folder::open(folder)?;
        let phone_at = Listener::bind(local(ports.phone), "phone", PORT_FLAG).await?;
        let shop_at = Listener::bind(local(ports.shop), "shop", PORT_FLAG).await?;
        let (phone_url, shop_url) = (phone_at.url(), shop_at.url());

        let data = DataFolder::take(&folder.path().join("server")).map_err(Failure::of)?;
        let mut config = Config::developer(&data).map_err(Failure::of)?.config;
        configure(&mut config, ports.server, &phone_url);
        // The terminal is for people.
        config.security_log = Destination::File(data.file("security.log"));
        adjust(&mut config);
        let scans = config.client(CLIENT).is_some_and(|client| client.binding == BindingMode::Scan);
        let ties = if scans { Tie::Scan } else { Tie::Code };
        let secret = secret_of(&config, CLIENT).ok_or_else(|| no_shop(folder.path()))?;
        let clock = Clock::system();
        let server = Server::start(config, data, clock.clone()).await.map_err(|error| not_started(error, PORT_FLAG))?;

        let phone = phone::open(&folder.path().join("phone"), Keeping::WithFolder, transport, Issuers::Unrestricted)?;
        let party = RelyingParty::discover(server.issuer(), CLIENT, &secret).await.map_err(Failure::of)?;
        let party = Arc::new(party);
        let stop = CancellationToken::new();
        let shop = Shop::new(party.clone(), ties);
        let serving = [phone_at.serve_phone(&phone, stop.clone()), shop.serve(shop_at, stop)];
        Ok(Self { server, clock, phone, phone_url, party, shop_url, serving, folder })
    }

    pub(super) fn issuer(&self) -> &str {
        self.server.issuer()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops all three, waits until they have ended, and deletes a temporary folder.
    pub(super) async fn clear(self) {
        let Self { server, phone, serving, folder, .. } = self;
        for serving in serving {
            serving.stop().await;
        }
        phone.close().await;
        drop(phone);
        server.stop().await;
        if let Folder::Temporary(folder) = folder
            && let Err(error) = folder.close()
        {
            tracing::warn!(%error, "the temporary folder could not be removed");
        }
    }
}

impl Folder {
    fn open(given: Option<&Path>) -> Result<Self, Failure> {
        match given {
            Some(path) => Ok(Self::Given(path.to_owned())),
            None => {
                tempfile::Builder::new().prefix("countersign-demo-").tempdir().map(Self::Temporary).map_err(|error| {
                    Failure::Failed(format!(
                        "a temporary folder cannot be created ({error}): name a folder with --data"
                    ))
                })
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// Adapts the developer configuration to the demo: its ports, the shop's name, and short poll
/// intervals.
fn configure(config: &mut Config, port: u16, phone_url: &str) {
    config.listen = local(port);
    config.issuer = format!("http://{}", config.listen);
    config.app_link = phone_url.to_owned();
    config.policy.interval_s = 1;
    if let Some(client) = config.clients.get_mut(CLIENT) {
        client.name = CLIENT_NAME.to_owned();
        client.offline = true;
    }
}

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

fn no_shop(folder: &Path) -> Failure {
    let file = folder.join("server").join("config.toml");
    Failure::Failed(format!(
        "{} has no client `{CLIENT}` with a secret: restore it, or name another folder with --data",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_ten_apart_or_free() {
        let ports = Ports::from(9000).ok().unwrap();
        assert_eq!((ports.server, ports.phone, ports.shop), (9000, 9010, 9020));
        assert_eq!(Ports::from(0).ok().unwrap(), Ports::FREE);
        assert!(matches!(Ports::from(65530), Err(Failure::Usage(_))));
    }
}
