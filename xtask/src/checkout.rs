//! The source tree, and commands that run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::job::{self, minutes};
use crate::read::text;
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

/// Removes the variables with these prefixes from the environment of a command.
pub(crate) fn remove_variables(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
}

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

    /// Reads a text file. A relative path is inside the tree.
    pub(crate) fn text(&self, file: impl AsRef<Path>) -> Result<String> {
        let file = self.root.join(file);
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
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
    pub(crate) fn cargo_by<'a>(&self, program: impl AsRef<OsStr>, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command(program);
        remove_variables(&mut command, &["CARGO_PKG_", "CARGO_MANIFEST_"]);
        command.args(args);
        command
    }

    /// The folder that cargo builds in.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let mut cargo = self.cargo(["metadata", "--format-version", "1", "--no-deps"]);
        let metadata = serde_json::from_str(&job::read(&mut cargo, minutes(10))?)?;
        let target = text(&metadata, "target_directory");
        ensure!(!target.is_empty(), "`cargo metadata` names no target folder");
        Ok(target.into())
    }

    /// Builds the `countersign` command and returns its path.
    pub(crate) fn countersign(&self) -> Result<PathBuf> {
        self.build(&["-p", "countersign"], "countersign")
    }

    /// Builds an example and returns its path.
    pub(crate) fn example(&self, package: &str, name: &str) -> Result<PathBuf> {
        self.build(&["-p", package, "--example", name], &format!("examples/{name}"))
    }

    fn build(&self, arguments: &[&str], built: &str) -> Result<PathBuf> {
        job::run(self.cargo(["build"]).args(arguments), minutes(45), self.prose)?;
        Ok(self.target()?.join("debug").join(built).with_extension(std::env::consts::EXE_EXTENSION))
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
        ensure!(!files.is_empty(), "git lists no file with one of the extensions {}", extensions.join(", "));
        Ok(files)
    }

    /// These files with their texts.
    pub(crate) fn texts(&self, extensions: &[&str]) -> Result<Vec<(String, String)>> {
        self.files(extensions)?.into_iter().map(|file| self.text(&file).map(|text| (file, text))).collect()
    }
}
