//! A web server of this program: on this machine only, and gone when it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::stop::Stop;

/// How long a stop waits for answers that are under way.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bound address that does not answer yet.
pub(crate) struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

/// An address that answers until it is told to stop.
pub(crate) struct Serving {
    stop: Stop,
    task: JoinHandle<io::Result<()>>,
}

impl Listener {
    /// Binds an address of this machine. `what` and `flag` go into the error: who wanted it, and how to name another.
    pub(crate) async fn bind(address: SocketAddr, what: &str, flag: &str) -> Result<Self, Failure> {
        if !address.ip().is_loopback() {
            return Err(Failure::Usage(format!(
                "the {what} listens on this machine only: write {flag} 127.0.0.1:{}",
                address.port()
            )));
        }
        let failed = |error: io::Error| {
            Failure::Failed(match error.kind() {
                io::ErrorKind::AddrInUse => format!(
                    "port {} is taken, the {what} cannot listen on {address}: end the program that uses it, or choose \
                     another with {flag}",
                    address.port()
                ),
                _ => format!("the {what} cannot listen on {address}: {error}. Choose another address with {flag}"),
            })
        };
        let inner = TcpListener::bind(address).await.map_err(failed)?;
        let address = inner.local_addr().map_err(failed)?;
        Ok(Self { inner, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers with this router until `stop`.
    pub(crate) fn serve(self, router: Router, stop: Stop) -> Serving {
        let stopping = stop.clone();
        let serving = axum::serve(self.inner, router).with_graceful_shutdown(async move { stopping.requested().await });
        Serving { stop, task: tokio::spawn(async move { serving.await }) }
    }
}

impl Serving {
    /// Stops and waits until nothing answers any more.
    pub(crate) async fn stop(self) {
        self.stop.stop();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(PATIENCE, self.task).await.is_err() {
            abort.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_what_is_wrong_with_an_address_and_what_to_write() {
        let first = Listener::bind("127.0.0.1:0".parse().unwrap(), "phone", "--listen").await.ok().unwrap();
        let taken = Listener::bind(first.address(), "phone", "--listen").await.err().unwrap();
        let text = taken.text().unwrap();
        assert!(text.contains(&first.address().port().to_string()) && text.contains("--listen"), "{text}");
        let open = Listener::bind("0.0.0.0:0".parse().unwrap(), "phone", "--listen").await.err().unwrap();
        assert!(matches!(open, Failure::Usage(_)));
    }
}
