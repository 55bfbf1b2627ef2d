//! The signal that ends every long-lived task and stream of the server.

use tokio::sync::watch;

/// Held by everything that runs long. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// The other end: gives the signal, once, for good. Dropping it gives the signal too.
#[derive(Debug)]
pub struct ShutdownHandle(watch::Sender<bool>);

/// A connected pair.
pub fn channel() -> (ShutdownHandle, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownHandle(sender), Shutdown(receiver))
}

impl Shutdown {
    /// Resolves once the server is to stop; at once if it already is.
    pub async fn requested(&self) {
        // An error means the handle is gone, and with it the server.
        self.0.clone().wait_for(|stop| *stop).await.ok();
    }

    /// Whether the server is stopping.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl ShutdownHandle {
    /// Tells every holder to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stop_and_drop_both_end_the_wait() {
        let (handle, shutdown) = channel();
        assert!(!shutdown.is_requested());
        handle.stop();
        shutdown.requested().await;
        assert!(shutdown.is_requested());

        let (handle, shutdown) = channel();
        drop(handle);
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }
}
