//! The earlier commit and its sources, from the history of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::side::succeed;

/// The earlier commit.
pub(crate) struct Baseline(String);

impl Baseline {
    /// Reads `tests/compat/baseline`.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(root.join("tests/compat/baseline"))?;
        let mut commits = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match (commits.next(), commits.next()) {
            (Some(commit), None) if commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) => {
                Ok(Self(commit.to_owned()))
            }
            _ => Err("tests/compat/baseline must contain one line with a commit of 40 hex digits".into()),
        }
    }

    /// Unpacks the sources of the commit into `folder`, once. Returns their path. An interrupted
    /// call leaves no sources under the final name.
    pub(crate) fn unpack(&self, root: &Path, folder: &Path) -> Result<PathBuf, Failure> {
        let Self(commit) = self;
        let sources = folder.join(commit);
        if sources.is_dir() {
            return Ok(sources);
        }
        let known = Command::new("git").current_dir(root).args(["cat-file", "-e", commit]).status()?;
        if !known.success() {
            let advice = "fetch the whole history with `git fetch --unshallow`";
            return Err(format!("the history of this checkout has no commit {commit}; {advice}").into());
        }
        let partial = folder.join(format!("{commit}.partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(&partial)?;
        let archive = folder.join(format!("{commit}.tar"));
        let mut git = Command::new("git");
        git.current_dir(root).args(["archive", "--output"]).arg(&archive).arg(commit);
        succeed(&mut git, "read the earlier sources")?;
        succeed(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&partial), "unpack the earlier sources")?;
        fs::remove_file(&archive)?;
        fs::rename(&partial, &sources)?;
        Ok(sources)
    }
}
