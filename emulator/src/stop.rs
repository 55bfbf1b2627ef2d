//! Shutdown: Ctrl-C, SIGTERM or the program itself requests it, and every task can wait for it.

use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::watch;

/// Requests a stop and lets tasks wait for it. All clones share one state.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Resolves once a stop is requested, or at once if it already was.
    pub(crate) async fn requested(&self) {
        // The sender lives as long as this value, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|stop| *stop).await;
    }
}

/// The signals that end the program: Ctrl-C, SIGTERM and a closed terminal. A signal is recorded
/// from the moment this value is created until `requested` is awaited.
pub(crate) struct Signals {
    #[cfg(unix)]
    ends: Vec<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    ends: Vec<tokio::signal::windows::CtrlC>,
}

impl Signals {
    /// Starts to listen for the signals. Needs a tokio runtime.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        let ends = {
            use tokio::signal::unix::{SignalKind, signal};
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal)
        };
        #[cfg(windows)]
        let ends = [tokio::signal::windows::ctrl_c()];
        Self { ends: ends.into_iter().flatten().collect() }
    }

    /// Resolves at the first signal, or at once if one arrived before.
    pub(crate) async fn requested(&mut self) {
        poll_fn(|context| {
            let mut asked = self.ends.iter_mut().map(|end| end.poll_recv(context).is_ready());
            if asked.any(|asked| asked) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
