//! The signals of the operating system that end the program.

use std::future::poll_fn;
use std::io::{self, IsTerminal as _};
use std::task::Poll;

/// The signals that end the program: Ctrl-C, SIGTERM and a closed terminal. A signal is recorded
/// from the moment this value is created until `requested` is awaited.
pub(crate) struct Signals {
    #[cfg(unix)]
    ends: Vec<tokio::signal::unix::Signal>,
    /// SIGHUP, if it does not end the program.
    #[cfg(unix)]
    hangups: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    ends: Vec<tokio::signal::windows::CtrlC>,
}

impl Signals {
    /// Starts to listen for the signals. Needs a tokio runtime.
    pub(crate) fn listen() -> Self {
        Self::with_hangup(true)
    }

    /// Starts to listen for the signals of a service. SIGHUP ends it only if it runs in a terminal,
    /// which is being closed then. Otherwise tools that rotate logs send it.
    pub(crate) fn of_service() -> Self {
        Self::with_hangup(io::stdin().is_terminal())
    }

    #[cfg(unix)]
    fn with_hangup(ends_program: bool) -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let mut ends: Vec<_> = [SignalKind::interrupt(), SignalKind::terminate()]
            .into_iter()
            .filter_map(|kind| signal(kind).ok())
            .collect();
        let mut hangups = signal(SignalKind::hangup()).ok();
        if ends_program {
            ends.extend(hangups.take());
        }
        Self { ends, hangups }
    }

    #[cfg(windows)]
    fn with_hangup(_ends_program: bool) -> Self {
        Self { ends: tokio::signal::windows::ctrl_c().into_iter().collect() }
    }

    /// Resolves at the first signal, or at once if one arrived before.
    pub(crate) async fn requested(&mut self) {
        poll_fn(|context| {
            #[cfg(unix)]
            if let Some(hangups) = &mut self.hangups {
                while let Poll::Ready(Some(())) = hangups.poll_recv(context) {
                    tracing::warn!(
                        "SIGHUP was ignored: the configuration is read at the start only, so restart to apply it"
                    );
                }
            }
            let mut asked = self.ends.iter_mut().map(|end| end.poll_recv(context).is_ready());
            if asked.any(|asked| asked) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
