//! A web server on a loopback address that ends when a stop is requested.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// How long a stop waits for responses that are in progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bound address that does not accept requests yet.
pub(crate) struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

/// An address that is served until a stop is requested.
pub(crate) struct Serving {
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

impl Listener {
    /// Binds a loopback address. `what` and `flag` appear in errors: the part that needs the
    /// address, and the option that selects another.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the address is not a loopback address, [`Failure::Failed`] if it
    /// cannot be bound.
    pub(crate) async fn bind(address: SocketAddr, what: &str, flag: &str) -> Result<Self, Failure> {
        if !address.ip().is_loopback() {
            return Err(Failure::Usage(format!(
                "the {what} listens on loopback addresses only: use {flag} 127.0.0.1:{}",
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

    /// Serves this router until a stop is requested.
    pub(crate) fn serve(self, router: Router, stop: CancellationToken) -> Serving {
        let stopping = stop.clone();
        let serving = axum::serve(self.inner, router).with_graceful_shutdown(async move { stopping.cancelled().await });
        Serving { stop, task: tokio::spawn(async move { serving.await }) }
    }
}

impl Serving {
    /// Requests a stop and waits until the listener is closed.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
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
    async fn bind_error_names_the_problem_and_the_option() {
        let first = Listener::bind("127.0.0.1:0".parse().unwrap(), "phone", "--listen").await.ok().unwrap();
        let taken = Listener::bind(first.address(), "phone", "--listen").await.err().unwrap();
        let text = taken.text().unwrap();
        assert!(text.contains(&first.address().port().to_string()) && text.contains("--listen"), "{text}");
        let open = Listener::bind("0.0.0.0:0".parse().unwrap(), "phone", "--listen").await.err().unwrap();
        assert!(matches!(open, Failure::Usage(_)));
    }
}
