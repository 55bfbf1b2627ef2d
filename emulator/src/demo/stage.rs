//! The demo's three parts, connected.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::details::DetailTypes;
use countersign_core::message::request::BindingMode;
use countersign_core::platform::Transport;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::listener::{Listener, Serving};
use crate::phone::{Keeping, Phone};
use crate::rp::RelyingParty;
use crate::server::{not_started, secret_of};
use crate::shop::{Shop, Tie};
use crate::stop::Stop;

/// The developer's account.
pub(super) const USER: &str = "alice";
/// Its password.
pub(super) const PASSWORD: &str = "demo";
/// The shop, as the server knows it.
pub(super) const CLIENT: &str = "shop";
/// The shop, as the phone shows it.
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

/// Where everything is kept.
enum Folder {
    Given(PathBuf),
    /// Goes away when this is dropped.
    Temporary(TempDir),
}

/// Three ports, or whichever are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    server: u16,
    phone: u16,
    shop: u16,
}

impl Ports {
    pub(super) const FREE: Self = Self { server: 0, phone: 0, shop: 0 };

    /// The first port and those 10 and 20 higher.
    pub(super) fn from(first: u16) -> Result<Self, Failure> {
        match (first, first.checked_add(10), first.checked_add(20)) {
            (0, ..) => Ok(Self::FREE),
            (server, Some(phone), Some(shop)) => Ok(Self { server, phone, shop }),
            _ => Err(Failure::Usage(format!("--port-base {first}: write at most {}", u16::MAX - 20))),
        }
    }
}

const PORT_FLAG: &str = "--port-base (0 takes free ones)";

impl Stage {
    /// Starts all three. `adjust` may change the server's configuration; the phone's calls go through `transport`.
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
        adjust(&mut config);
        let scans = config.client(CLIENT).is_some_and(|client| client.binding == BindingMode::Scan);
        let ties = if scans { Tie::Scan } else { Tie::Code };
        let secret = secret_of(&config, CLIENT).ok_or_else(|| no_shop(folder.path()))?;
        let clock = Clock::system();
        let server = Server::start(config, data, clock.clone()).await.map_err(|error| not_started(error, PORT_FLAG))?;

        let phone = Phone::open(&folder.path().join("phone"), Keeping::WithFolder, transport, DetailTypes::default())?;
        let party = RelyingParty::discover(server.issuer(), CLIENT, &secret).await.map_err(Failure::of)?;
        let party = Arc::new(party);
        let stop = Stop::new();
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

    /// Ends all three, waits for it, and removes a temporary folder.
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
                    Failure::Failed(format!("no temporary folder can be made ({error}): name a folder with --data"))
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

/// The developer's configuration, for a demo: on these ports, a shop called ACME, and quick polls.
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
        "{} has no client `{CLIENT}` with a secret: put it back, or name another folder with --data",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ports_ten_apart_or_free_ones() {
        let ports = Ports::from(9000).ok().unwrap();
        assert_eq!((ports.server, ports.phone, ports.shop), (9000, 9010, 9020));
        assert_eq!(Ports::from(0).ok().unwrap(), Ports::FREE);
        assert!(matches!(Ports::from(65530), Err(Failure::Usage(_))));
    }
}
