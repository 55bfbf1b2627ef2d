//! The destination of the security log, and writing to it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The place where the security log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard error.
    Stderr,
    /// Standard output.
    Stdout,
    /// A file. Lines are appended.
    File(PathBuf),
    /// Nowhere.
    Off,
}

/// A text that names no destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write \"stderr\", \"stdout\", \"off\", or the absolute path of a file")]
pub struct DestinationError;

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, DestinationError> {
        match text {
            "stderr" => Ok(Self::Stderr),
            "stdout" => Ok(Self::Stdout),
            "off" => Ok(Self::Off),
            path if Path::new(path).is_absolute() => Ok(Self::File(path.into())),
            _ => Err(DestinationError),
        }
    }
}

/// An open destination.
pub(super) struct Lines {
    output: Option<Mutex<Box<dyn Write + Send>>>,
    /// True after a failed write, so that a full disk is reported once and not for every event.
    failing: AtomicBool,
}

impl Lines {
    pub(super) fn open(destination: &Destination) -> io::Result<Self> {
        Ok(match destination {
            Destination::Stderr => Self::stderr(),
            Destination::Stdout => Self::to(Some(Box::new(io::stdout()))),
            Destination::File(path) => Self::to(Some(Box::new(append(path)?))),
            Destination::Off => Self::to(None),
        })
    }

    pub(super) fn stderr() -> Self {
        Self::to(Some(Box::new(io::stderr())))
    }

    fn to(output: Option<Box<dyn Write + Send>>) -> Self {
        Self { output: output.map(Mutex::new), failing: AtomicBool::new(false) }
    }

    /// Writes one line. A failure is logged, and the server goes on.
    pub(super) fn write(&self, line: &str) {
        let Some(output) = &self.output else { return };
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let written = output.write_all(line.as_bytes()).and_then(|()| output.flush());
        let failed_before = self.failing.swap(written.is_err(), Ordering::Relaxed);
        if let (Err(error), false) = (written, failed_before) {
            tracing::error!(%error, "the security log cannot be written: events are lost until it can");
        }
    }
}

/// Opens a file for appending. A new file is readable for its owner only.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destination_is_a_word_or_an_absolute_path() {
        for (text, expected) in [
            ("stderr", Ok(Destination::Stderr)),
            ("stdout", Ok(Destination::Stdout)),
            ("off", Ok(Destination::Off)),
            #[cfg(unix)]
            ("/var/log/security.log", Ok(Destination::File("/var/log/security.log".into()))),
            ("security.log", Err(DestinationError)),
            ("", Err(DestinationError)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_is_private_and_lines_are_appended() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("security.log");
        for _ in 0..2 {
            Lines::open(&Destination::File(path.clone())).unwrap().write("line\n");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "line\nline\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Lines::open(&Destination::File(folder.path().to_owned())).is_err());
    }
}
