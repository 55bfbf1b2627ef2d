//! The signals of the operating system that end the program.

use std::future::poll_fn;
use std::task::Poll;

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
