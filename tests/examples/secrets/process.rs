//! A process of the command with recorded output and core dumps.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Trouble;
use crate::maps::Maps;

/// How long a process may take to start, to stop, and to be dumped.
const BOUND: Duration = Duration::from_secs(60);
const PULSE: Duration = Duration::from_millis(20);
/// A marker in the environment, and so in the memory, of every process. A working search finds it.
pub(crate) const MARKER: &str = "COUNTERSIGN_SECRETS_MARKER";

pub(crate) struct Process {
    pub(crate) name: &'static str,
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

/// A dump with its memory map. The file is deleted when the value is dropped, because dumps are
/// large.
pub(crate) struct Dump {
    pub(crate) path: PathBuf,
    pub(crate) maps: Maps,
}

impl Drop for Dump {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Process {
    /// Starts the command with these arguments and the most detailed log.
    pub(crate) fn start(
        name: &'static str,
        program: &Path,
        folder: &Path,
        words: &[&str],
        set: &[(&str, &str)],
    ) -> Result<Self, Trouble> {
        let (out, err) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")));
        let child = Command::new(program)
            .args(words)
            .envs([("COUNTERSIGN_LOG", "trace"), ("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")])
            .envs(set.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&err)?)
            .spawn()?;
        Ok(Self { name, child, out, err })
    }

    /// Returns the document that the command prints when it is ready.
    pub(crate) async fn ready(&mut self) -> Result<Value, Trouble> {
        let end = Instant::now() + BOUND;
        loop {
            let said = std::fs::read_to_string(&self.out)?;
            if let Some((line, _)) = said.split_once('\n') {
                return Ok(serde_json::from_str(line)?);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended with {status}: {}", self.name, self.last_words()).into());
            }
            if Instant::now() > end {
                return Err(format!("{} was not ready in time", self.name).into());
            }
            tokio::time::sleep(PULSE).await;
        }
    }

    fn last_words(&self) -> String {
        let said = std::fs::read_to_string(&self.err).unwrap_or_default();
        said.lines().next_back().unwrap_or_default().to_owned()
    }

    /// Returns the output of the process.
    pub(crate) fn logs(&self) -> [PathBuf; 2] {
        [self.out.clone(), self.err.clone()]
    }

    /// Dumps the whole memory of the process, including the registers of every thread.
    pub(crate) fn dump(&self, gcore: &Path, folder: &Path, moment: &str) -> Result<Dump, Trouble> {
        let id = self.child.id();
        let maps = std::fs::read_to_string(format!("/proc/{id}/maps"))?;
        let prefix = folder.join(format!("{}-{}", self.name, moment.replace(' ', "-")));
        let ended = Command::new(gcore).arg("-a").arg("-o").arg(&prefix).arg(id.to_string()).output()?;
        let path = PathBuf::from(format!("{}.{id}", prefix.display()));
        if !ended.status.success() || !path.is_file() {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            return Err(format!("gcore cannot dump {} ({}): {said}", self.name, ended.status).into());
        }
        Ok(Dump { maps: Maps::read(&path, &maps)?, path })
    }

    /// Ends the process and waits for it.
    pub(crate) async fn stop(&mut self) -> Result<(), Trouble> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        if !asked.success() {
            return Err(format!("{} was gone already", self.name).into());
        }
        self.end().await
    }

    /// Waits for a successful exit.
    pub(crate) async fn end(&mut self) -> Result<(), Trouble> {
        let end = Instant::now() + BOUND;
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("{} ended with {status}: {}", self.name, self.last_words()).into()),
                None if Instant::now() > end => return Err(format!("{} does not end", self.name).into()),
                None => tokio::time::sleep(PULSE).await,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
