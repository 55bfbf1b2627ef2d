//! The source tree, and commands that run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::job::{self, minutes};
use crate::report::Prose;

/// The variable with the folders of libraries that the system's loader searches first.
const LIBRARIES: &str = if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// Removes the target folder from a measured program's library path. Cargo puts it there for this
/// program, and the measured program would load an unoptimised library from it.
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
    /// Finds the tree from the environment that cargo sets.
    pub(crate) fn find(prose: Prose) -> Result<Self> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = package.as_deref().and_then(Path::parent).map(Path::to_owned);
        Ok(Self { root: root.context("start this as `cargo xtask` inside the source tree")?, prose })
    }

    /// A path inside the tree.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Reads a text file inside the tree.
    pub(crate) fn text(&self, inside: &str) -> Result<String> {
        std::fs::read_to_string(self.path(inside)).with_context(|| format!("{inside} cannot be read"))
    }

    /// A command that runs at the top of the tree.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo at the top of the tree.
    pub(crate) fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        self.cargo_by(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
    }

    /// A subcommand of cargo that is a program of its own, without the variables that cargo set for
    /// this program.
    pub(crate) fn cargo_by<'a>(
        &self,
        program: impl AsRef<OsStr>,
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

    /// The folder that cargo builds in.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let mut cargo = self.cargo(["metadata", "--format-version", "1", "--no-deps"]);
        let metadata: Value = serde_json::from_str(&job::read(&mut cargo, minutes(10))?)?;
        let target = metadata.get("target_directory").and_then(Value::as_str);
        Ok(target.context("`cargo metadata` names no target folder")?.into())
    }

    /// Builds a program of the workspace in the profile of the tests and returns its path.
    /// `example` is empty for the package's own program.
    fn program(&self, package: &str, example: &str) -> Result<PathBuf> {
        let mut cargo = self.cargo(["build", "-p", package]);
        let mut path = self.target()?.join("debug");
        if example.is_empty() {
            path.push(package);
        } else {
            cargo.args(["--example", example]);
            path.extend(["examples", example]);
        }
        job::run(&mut cargo, minutes(45), self.prose)?;
        path.set_extension(std::env::consts::EXE_EXTENSION);
        Ok(path)
    }

    /// Builds the `countersign` command.
    pub(crate) fn countersign(&self) -> Result<PathBuf> {
        self.program("countersign", "")
    }

    /// Builds the JOSE suite as a filter (`core/examples/jose_lines.rs`).
    pub(crate) fn jose_lines(&self) -> Result<PathBuf> {
        self.program("countersign-core", "jose_lines")
    }

    /// Builds the search for secrets (`tests/examples/secrets`).
    pub(crate) fn secrets(&self) -> Result<PathBuf> {
        self.program("countersign-tests", "secrets")
    }

    /// The files in the tree that git tracks or would track and that have one of these extensions,
    /// as paths inside the tree with `/`.
    pub(crate) fn files(&self, extensions: &[&str]) -> Result<Vec<String>> {
        let mut git = self.command("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
        let listed = job::read(&mut git, minutes(1))?;
        let wanted = |file: &&str| {
            let extension = Path::new(file).extension().and_then(OsStr::to_str);
            extension.is_some_and(|it| extensions.contains(&it)) && self.path(file).is_file()
        };
        let files: Vec<String> = listed.lines().filter(wanted).map(str::to_owned).collect();
        if files.is_empty() {
            bail!("git lists no file with one of the extensions {}", extensions.join(", "));
        }
        Ok(files)
    }
}
