//! Child processes. Each has a time limit, and at its end everything it started is ended too.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, Signal, System};

use crate::report::Prose;

/// The interval at which a silent child is polled.
const POLL: Duration = Duration::from_millis(50);
/// How long output is read after the child's end: a process that it left behind can hold the pipe
/// open.
const DRAIN: Duration = Duration::from_secs(2);
/// The number of lines that an error shows of a child's output.
const SHOWN_LINES: usize = 12;

/// A number of minutes.
pub(crate) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// A child that has ended.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The last lines of stderr, or of stdout if stderr is empty.
    pub(crate) fn last_lines(&self) -> String {
        let output = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<&str> = output.lines().collect();
        lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
    }
}

/// Runs a child to its end, whatever its exit status, and prints its output as it comes.
pub(crate) fn stream(command: &mut Command, limit: Duration, prose: Prose) -> Result<Finished> {
    follow(command, limit, |line| prose.line(line))
}

/// Runs a child to its end, whatever its exit status, without printing.
pub(crate) fn capture(command: &mut Command, limit: Duration) -> Result<Finished> {
    follow(command, limit, |_| {})
}

/// Runs a child that must succeed and prints its output as it comes.
pub(crate) fn run(command: &mut Command, limit: Duration, prose: Prose) -> Result<Finished> {
    let ended = stream(command, limit, prose)?;
    succeeded(command, ended)
}

/// Runs a child that must succeed, without printing. Returns its stdout.
pub(crate) fn read(command: &mut Command, limit: Duration) -> Result<String> {
    let ended = capture(command, limit)?;
    Ok(succeeded(command, ended)?.stdout)
}

fn succeeded(command: &Command, ended: Finished) -> Result<Finished> {
    if !ended.status.success() {
        bail!("`{}` failed ({}):\n{}", shown(command), ended.status, ended.last_lines());
    }
    Ok(ended)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn follow(command: &mut Command, limit: Duration, mut print: impl FnMut(&str)) -> Result<Finished> {
    let (mut child, lines) = spawn(command)?;
    let end = Instant::now() + limit;
    let mut finished = Finished::default();
    let mut exited: Option<Instant> = None;
    let mut open = true;
    loop {
        match lines.recv_timeout(POLL) {
            Ok(Line { stderr, text }) => {
                print(&text);
                let kept = if stderr { &mut finished.stderr } else { &mut finished.stdout };
                kept.push_str(&text);
                kept.push('\n');
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                open = false;
                thread::sleep(POLL);
            }
        }
        if let Some(status) = child.try_wait()? {
            finished.status = status;
            if !open || exited.get_or_insert_with(Instant::now).elapsed() > DRAIN {
                return Ok(finished);
            }
        } else if Instant::now() > end {
            end_tree(&mut child);
            bail!("`{}` was ended after its limit of {} s", shown(command), limit.as_secs());
        }
    }
}

/// A line of a child's output.
struct Line {
    stderr: bool,
    text: String,
}

fn spawn(command: &mut Command) -> Result<(Child, Receiver<Line>)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("`{}` could not be started", shown(command)))?;
    let (to, lines) = channel();
    if let Some(stdout) = child.stdout.take() {
        read_lines(stdout, false, to.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        read_lines(stderr, true, to);
    }
    Ok((child, lines))
}

/// Reads a pipe on its own thread, so that a full pipe never blocks the child.
fn read_lines(pipe: impl Read + Send + 'static, stderr: bool, to: Sender<Line>) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
            bytes.clear();
            if to.send(Line { stderr, text }).is_err() {
                break;
            }
        }
    });
}

/// A process that runs beside the tests. It is ended when this value is dropped.
pub(crate) struct Companion {
    child: Child,
    lines: Receiver<Line>,
    program: String,
    prose: Prose,
}

impl Companion {
    /// Starts a process. While [`Self::first_line`] waits, the process's stderr is printed.
    pub(crate) fn start(command: &mut Command, prose: Prose) -> Result<Self> {
        let (child, lines) = spawn(command)?;
        Ok(Self { child, lines, program: shown(command), prose })
    }

    /// Waits for the first line on stdout, which by convention says that the process is ready.
    fn first_line(&mut self, limit: Duration) -> Result<String> {
        let end = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Line { stderr: false, text }) => return Ok(text),
                Ok(Line { text, .. }) => self.prose.line(&text),
                Err(_) => bail!("`{}` was not ready after {} s", self.program, limit.as_secs()),
            }
        }
    }

    /// Waits for the first line, a JSON object, and returns these members of it, which are
    /// addresses.
    pub(crate) fn addresses<const N: usize>(&mut self, names: [&str; N]) -> Result<[String; N]> {
        let line = self.first_line(minutes(1))?;
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let addresses =
            names.map(|name| ready.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned());
        ensure!(addresses.iter().all(|it| !it.is_empty()), "`{}` printed `{line}` without {names:?}", self.program);
        Ok(addresses)
    }

    /// Sends the process the signal of Ctrl-C. Fails unless it exits with success within the limit.
    pub(crate) fn interrupt(self, limit: Duration) -> Result<()> {
        self.end(Signal::Interrupt, limit)
    }

    fn end(mut self, signal: Signal, limit: Duration) -> Result<()> {
        let pid = Pid::from_u32(self.child.id());
        if let Some(process) = processes()?.process(pid) {
            process.kill_with(signal).context("this system has no such signal")?;
        }
        let end = Instant::now() + limit;
        while Instant::now() < end {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("`{}` ended with {status} after an interrupt", self.program),
                None => thread::sleep(POLL),
            }
        }
        bail!("`{}` still ran {} s after an interrupt", self.program, limit.as_secs())
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            end_tree(&mut self.child);
        }
    }
}

fn processes() -> Result<System> {
    let mut system = System::new()?;
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    Ok(system)
}

/// Kills a child and all its descendants.
fn end_tree(child: &mut Child) {
    let system = processes();
    let _already_gone = child.kill();
    if let Ok(system) = system {
        let mut family = vec![Pid::from_u32(child.id())];
        while let Some(parent) = family.pop() {
            for (pid, process) in system.processes().iter().filter(|(_, process)| process.parent() == Some(parent)) {
                process.kill();
                family.push(*pid);
            }
        }
    }
    let _status = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const SECONDS_20: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_of_both_streams_is_kept_and_printed() {
        let mut printed = Vec::new();
        let script = "echo one; echo two >&2; exit 3";
        let ended = follow(&mut shell(script), SECONDS_20, |line| printed.push(line.to_owned())).unwrap();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("one\n", "two\n"));
        assert_eq!(ended.status.code(), Some(3));
        printed.sort();
        assert_eq!(printed, ["one", "two"]);
        assert!(read(&mut shell(script), SECONDS_20).unwrap_err().to_string().ends_with("\ntwo"));
    }

    #[test]
    fn child_past_its_limit_is_ended_with_its_descendants() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("grandchild");
        let script = format!("sleep 300 & echo $! > {}; wait", note.display());
        assert!(capture(&mut shell(&script), Duration::from_millis(500)).is_err());
        let grandchild: u32 = std::fs::read_to_string(note).unwrap().trim().parse().unwrap();
        // A killed process is a zombie until its new parent collects it.
        let alive = || std::fs::read_to_string(format!("/proc/{grandchild}/stat")).is_ok_and(|it| !it.contains(") Z "));
        let end = Instant::now() + SECONDS_20;
        while alive() {
            assert!(Instant::now() < end, "still alive");
            thread::sleep(POLL);
        }
    }

    #[test]
    fn companion_is_ready_and_ends_on_a_signal() {
        // Not INT: a shell that was started in the background ignores it.
        let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        let mut companion = Companion::start(&mut shell(script), Prose::Stderr).unwrap();
        assert_eq!(companion.first_line(SECONDS_20).unwrap(), "ready");
        companion.end(Signal::Term, SECONDS_20).unwrap();
    }
}
