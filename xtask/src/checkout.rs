//! The source tree this command works on, and the commands that run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use crate::job::{self, JobError};
use crate::prose::Prose;

/// How long cargo may take to describe the workspace: it may have to fetch what is described.
const METADATA_BOUND: Duration = Duration::from_secs(600);

/// Where the system looks for libraries before it looks in its own folders.
const LIBRARIES: &str = if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// Why the source tree could not be read.
#[derive(Debug, Error)]
pub(crate) enum CheckoutError {
    /// Started by hand instead of by cargo.
    #[error("start this as `cargo xtask` inside the source tree")]
    NotByCargo,
    /// Cargo did not run.
    #[error(transparent)]
    Job(#[from] JobError),
    /// Cargo would not describe the workspace.
    #[error("`cargo metadata` failed:\n{0}")]
    Metadata(String),
    /// Cargo described the workspace in a form this command does not know.
    #[error("`cargo metadata` answered without `{0}`")]
    Shape(&'static str),
}

/// Lets a program that is measured find libraries only where anybody's does. Cargo lets this program find those in its target
/// folder, and what it starts would take an unoptimised library there for the one that it was given.
pub(crate) fn without_our_libraries(command: &mut Command) {
    let (Some(paths), Ok(ours)) = (std::env::var_os(LIBRARIES), std::env::current_exe()) else { return };
    let built = ours.parent().map(Path::to_owned).unwrap_or_default();
    match std::env::join_paths(std::env::split_paths(&paths).filter(|path| !path.starts_with(&built))) {
        Ok(others) if !others.is_empty() => command.env(LIBRARIES, others),
        _ => command.env_remove(LIBRARIES),
    };
}

/// The source tree.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) root: PathBuf,
    pub(crate) prose: Prose,
}

impl Checkout {
    /// Finds the tree by what cargo says of this package.
    pub(crate) fn find(prose: Prose) -> Result<Self, CheckoutError> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or(CheckoutError::NotByCargo)?;
        let root = Path::new(&package).parent().ok_or(CheckoutError::NotByCargo)?;
        Ok(Self { root: root.to_owned(), prose })
    }

    /// A path inside the tree.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A command that runs at the top of the tree.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo, at the top of the tree, without what the cargo that started this command told only this command.
    pub(crate) fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        self.cargo_by(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
    }

    /// As [`Self::cargo`], by a program that starts cargo itself.
    pub(crate) fn cargo_by<'a>(
        &self,
        program: impl AsRef<std::ffi::OsStr>,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        let mut command = self.command(program);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command.args(arguments);
        command
    }

    /// What cargo knows of the workspace and, unless `no_deps`, of everything it depends on.
    pub(crate) fn metadata(&self, no_deps: bool) -> Result<Value, CheckoutError> {
        let mut cargo = self.cargo(["metadata", "--format-version", "1"]);
        if no_deps {
            cargo.arg("--no-deps");
        }
        let ended = job::capture(&mut cargo, METADATA_BOUND)?;
        if !ended.status.success() {
            return Err(CheckoutError::Metadata(ended.last_words()));
        }
        serde_json::from_str(&ended.stdout).map_err(|_| CheckoutError::Shape("a JSON document"))
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> Result<PathBuf, CheckoutError> {
        let metadata = self.metadata(true)?;
        let target = metadata.get("target_directory").and_then(Value::as_str);
        Ok(Path::new(target.ok_or(CheckoutError::Shape("target_directory"))?).to_owned())
    }

    /// The JOSE suite as a filter (`core/examples/jose_lines.rs`), built or not.
    pub(crate) fn jose_lines(&self) -> Result<PathBuf, CheckoutError> {
        Ok(self.target()?.join("debug/examples").join(format!("jose_lines{}", std::env::consts::EXE_SUFFIX)))
    }

    /// The search for secrets (`tests/examples/secrets`), built or not.
    pub(crate) fn secrets(&self) -> Result<PathBuf, CheckoutError> {
        Ok(self.target()?.join("debug/examples").join(format!("secrets{}", std::env::consts::EXE_SUFFIX)))
    }

    /// The `countersign` command as the tests build it, built or not.
    pub(crate) fn countersign(&self) -> Result<PathBuf, CheckoutError> {
        Ok(self.target()?.join("debug").join(format!("countersign{}", std::env::consts::EXE_SUFFIX)))
    }
}
