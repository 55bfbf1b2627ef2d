//! The places where secrets may appear. Logs contain none. A dump of an idle process may contain
//! only the exceptions below, each with its reason. `docs/contributors/secrets.md` explains them.

use crate::known::Kind;

/// The process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Phone,
    Server,
}

/// The progress of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    Enrolled,
    Asked,
    Approved,
    Rotated,
    Left,
}

impl Moment {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Rotated => "keys changed",
            Self::Left => "unenrolled",
        }
    }
}

/// An exception.
pub(crate) struct Exception {
    pub(crate) reason: &'static str,
    /// The maximum number of positions.
    pub(crate) most: usize,
}

/// Returns the exception for a secret, if there is one.
pub(crate) const fn exception(holder: Holder, kind: Kind, moment: Moment) -> Option<Exception> {
    const ANY: usize = usize::MAX;
    let (reason, most) = match (holder, kind) {
        (Holder::Phone, Kind::StateKey) => ("every change of the state is sealed with it while the phone runs", 1),
        (Holder::Phone, Kind::BindingValue) if !matches!(moment, Moment::Enrolled | Moment::Asked) => {
            ("the person typed it, and the decision that says so is evidence; the request has ended", ANY)
        }
        (Holder::Server, Kind::BindingValue) => {
            ("compared while the request waits; afterwards part of the decision, which is evidence", ANY)
        }
        (Holder::Server, Kind::ServerKey) => ("signs every message to the phones and every ID token", ANY),
        (Holder::Server, Kind::ClientSecret) => ("every call of the client is compared with its configuration", ANY),
        _ => return None,
    };
    Some(Exception { reason, most })
}

/// Returns the secrets and forms that a dump of a running process must contain. A search that does
/// not find them does not work.
pub(crate) const fn surely(holder: Holder) -> &'static [(Kind, &'static str)] {
    match holder {
        Holder::Phone => &[(Kind::Marker, "text"), (Kind::StateKey, "bytes")],
        Holder::Server => &[(Kind::Marker, "text"), (Kind::ServerKey, "Montgomery form"), (Kind::ClientSecret, "text")],
    }
}
