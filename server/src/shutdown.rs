//! The signal that ends the jobs and streams of the server.

use tokio::sync::watch;

/// The receiver of the signal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// The sender of the signal. Dropping it sends the signal too.
#[derive(Debug)]
pub struct ShutdownHandle(watch::Sender<bool>);

/// Returns a connected pair.
pub fn channel() -> (ShutdownHandle, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownHandle(sender), Shutdown(receiver))
}

impl Shutdown {
    /// Waits until the server stops.
    pub async fn requested(&self) {
        // An error means that the sender was dropped.
        self.0.clone().wait_for(|stop| *stop).await.ok();
    }

    /// Returns true if the server is stopping.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl ShutdownHandle {
    /// Sends the signal.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stop_and_drop_end_the_wait() {
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
