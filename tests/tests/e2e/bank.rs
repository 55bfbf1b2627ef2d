//! The server under test.

use std::time::Duration;

use countersign_core::message::request::Client;
use countersign_server::gateway::{
    ApprovalRequestError, ApprovalRequestId, Gateway, NewApprovalRequest, Outcome, RequestedBinding,
};
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, RunningServer, Server};
use tempfile::TempDir;

/// The developer's account, by its subject identifier.
pub(crate) const USER: &str = "248289761001";

/// The user name of the developer's account.
pub(crate) const USERNAME: &str = "alice";

/// A server with its own port and folder. It keeps both across restarts.
pub(crate) struct Bank {
    server: Option<RunningServer>,
    folder: TempDir,
    port: u16,
}

impl Bank {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    /// Starts a server with an adjusted developer configuration.
    pub(crate) async fn open_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let mut bank = Self { server: None, folder: tempfile::tempdir().unwrap(), port: 0 };
        bank.start(adjust).await;
        bank
    }

    /// Stops the server and starts it again with an adjusted configuration.
    pub(crate) async fn restart(&mut self, adjust: impl FnOnce(&mut Config)) {
        self.stop().await;
        self.start(adjust).await;
    }

    pub(crate) async fn stop(&mut self) {
        self.server.take().expect("the server runs").stop().await;
    }

    pub(crate) async fn start(&mut self, adjust: impl FnOnce(&mut Config)) {
        let folder = DataFolder::take(&self.folder.path().join("server")).unwrap();
        let mut config = Config::developer(&folder).unwrap().config;
        config.security_log = countersign_server::security_log::Destination::Off;
        config.listen = format!("127.0.0.1:{}", self.port).parse().unwrap();
        config.issuer = format!("http://{}", config.listen);
        config.policy.interval_s = 1;
        adjust(&mut config);
        let server = Server::start(config, folder, Clock::system()).await.unwrap();
        self.port = server.local_addr().port();
        self.server = Some(server);
    }

    pub(crate) fn server(&self) -> &RunningServer {
        self.server.as_ref().expect("the server runs")
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.server().gateway()
    }

    /// Returns the secret of the developer's client.
    pub(crate) fn client_secret(&self) -> String {
        use countersign_server::config::ClientAuth;
        let config = Config::load(&self.folder.path().join("server/config.toml")).unwrap();
        match &config.client("shop").unwrap().auth {
            ClientAuth::SecretBasic(secret) => secret.expose().to_owned(),
            ClientAuth::PrivateKeyJwt(_) => panic!("the developer's client uses a secret"),
        }
    }

    /// Returns the server's data folder.
    pub(crate) fn files(&self) -> std::path::PathBuf {
        self.folder.path().join("server")
    }

    pub(crate) async fn try_ask(&self, binding: RequestedBinding) -> Result<ApprovalRequestId, ApprovalRequestError> {
        let client = Client { id: "shop".into(), name: "ACME Shop".into() };
        let approval_request = NewApprovalRequest {
            user: USER.into(),
            client,
            scope: Some("openid".into()),
            binding,
            details: Vec::new(),
            context: None,
            lifetime: Duration::from_secs(120),
        };
        self.gateway().request_approval(approval_request).await
    }

    pub(crate) async fn ask(&self, binding: RequestedBinding) -> ApprovalRequestId {
        self.try_ask(binding).await.unwrap()
    }

    /// Creates an approval request with six digits to type: 314159.
    pub(crate) async fn ask_code(&self) -> ApprovalRequestId {
        self.ask(RequestedBinding::Entry(CODE.into())).await
    }

    pub(crate) async fn outcome(&self, approval_request: &ApprovalRequestId) -> Outcome {
        self.gateway().outcome(approval_request).await.unwrap().unwrap()
    }

    pub(crate) async fn approved(&self, approval_request: &ApprovalRequestId) -> bool {
        matches!(self.outcome(approval_request).await, Outcome::Approved(_))
    }
}

/// The binding value of [`Bank::ask_code`].
pub(crate) const CODE: &str = "314159";
