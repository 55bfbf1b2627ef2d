//! The end: Ctrl-C, SIGTERM, or the program itself says so, and everything that runs hears it.

use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::watch;

/// Tells everything to stop, and lets everything wait for that. All clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Resolves once it is to stop; at once if it already is.
    pub(crate) async fn requested(&self) {
        // The sender lives as long as this value, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|stop| *stop).await;
    }
}

/// What the person or the system ends the program with: Ctrl-C, SIGTERM, a closed terminal. Heard from the moment this is made,
/// and kept until somebody waits for it.
pub(crate) struct Signals {
    #[cfg(unix)]
    ends: Vec<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    ends: Vec<tokio::signal::windows::CtrlC>,
}

impl Signals {
    /// Begins to hear them. Needs a tokio runtime.
    pub(crate) fn hear() -> Self {
        #[cfg(unix)]
        let ends = {
            use tokio::signal::unix::{SignalKind, signal};
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal)
        };
        #[cfg(windows)]
        let ends = [tokio::signal::windows::ctrl_c()];
        Self { ends: ends.into_iter().flatten().collect() }
    }

    /// Resolves at the first of them; at once if it came before.
    pub(crate) async fn asked(&mut self) {
        poll_fn(|context| {
            let mut asked = self.ends.iter_mut().map(|end| end.poll_recv(context).is_ready());
            if asked.any(|asked| asked) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
