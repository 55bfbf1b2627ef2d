//! The limit of open files. Connections must leave enough files for the database.

use crate::config::{Limits, MIN_CONNECTIONS};

/// The files that connections cannot use: the database with its side files, the listener, the lock,
/// the log, and connections to push services.
const RESERVED_FILES: u64 = 128;

/// The operating system allows too few open files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooFewFiles {
    /// The limit.
    pub(super) files: u64,
    /// The smallest limit with which the server works.
    pub(super) needed: u64,
}

/// Raises the soft limit of open files to the hard one. Returns the limits that leave enough files
/// for everything else.
///
/// # Errors
/// [`TooFewFiles`] if the server cannot work.
pub(super) fn fit(limits: Limits) -> Result<Limits, TooFewFiles> {
    let Some(files) = raise() else { return Ok(limits) };
    let fitting = limits_for(limits, files)?;
    if fitting != limits {
        tracing::warn!(
            open_files = files,
            connections = fitting.connections,
            configured = limits.connections,
            "the limit of open files allows fewer connections than configured: raise it (LimitNOFILE, ulimit -n)"
        );
    }
    Ok(fitting)
}

fn limits_for(limits: Limits, files: u64) -> Result<Limits, TooFewFiles> {
    let needed = RESERVED_FILES.saturating_add(MIN_CONNECTIONS.into());
    if files < needed {
        return Err(TooFewFiles { files, needed });
    }
    let allowed = u32::try_from(files.saturating_sub(RESERVED_FILES)).unwrap_or(u32::MAX);
    Ok(if allowed < limits.connections { limits.lowered_to(allowed) } else { limits })
}

/// Raises the soft limit to the hard one. Returns the limit, or `None` if there is none.
#[cfg(unix)]
fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    // macOS rejects a soft limit without end. The old one is still in force then.
    raised.map_or(limit.current, |()| limit.maximum)
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_database() {
        let limits = Limits::default();
        assert_eq!(limits_for(limits, 8_192), Ok(limits));
        assert_eq!(limits_for(limits, 4_096 + RESERVED_FILES), Ok(limits));
        let low = limits_for(limits, 1_024).unwrap();
        assert_eq!((low.connections, low.streams), (896, 448));
        assert_eq!(limits_for(limits, 192).unwrap().connections, MIN_CONNECTIONS);
        assert_eq!(limits_for(limits, 191), Err(TooFewFiles { files: 191, needed: 192 }));
    }
}
