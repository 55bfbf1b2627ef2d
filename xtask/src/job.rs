//! Child processes. Each has a time limit, and at its end everything it started is ended too.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, Signal, System};

use crate::read::text;
use crate::report::Prose;
use crate::tally::Tally;

/// The interval at which a silent child is polled.
const POLL: Duration = Duration::from_millis(50);
/// How long output is read after the child's end: a process that it left behind can hold the pipe
/// open.
const DRAIN: Duration = Duration::from_secs(2);
/// The number of lines that an error shows of a child's output.
const SHOWN_LINES: usize = 12;

pub(crate) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

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

    /// Returns stdout if the child succeeded.
    fn succeeded(self, command: &Command) -> Result<String> {
        ensure!(self.status.success(), "`{}` failed ({}):\n{}", shown(command), self.status, self.last_lines());
        Ok(self.stdout)
    }

    /// Counts a failed test if the child failed and none of its tests did.
    pub(crate) fn add_failure(&self, what: &str, tally: &mut Tally) {
        if !self.status.success() && tally.failed == 0 {
            tally.fail(format!("{what} ended with {}:\n{}", self.status, self.last_lines()));
        }
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
pub(crate) fn run(command: &mut Command, limit: Duration, prose: Prose) -> Result<()> {
    stream(command, limit, prose)?.succeeded(command).map(|_| ())
}

/// Runs a child that must succeed, without printing. Returns its stdout.
pub(crate) fn read(command: &mut Command, limit: Duration) -> Result<String> {
    capture(command, limit)?.succeeded(command)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn follow(command: &mut Command, limit: Duration, mut print: impl FnMut(&str)) -> Result<Finished> {
    let mut running = Companion::spawn(command)?;
    let (mut finished, end, mut exited) = (Finished::default(), Instant::now() + limit, None);
    loop {
        let open = match running.lines.recv_timeout(POLL) {
            Ok((stderr, line)) => {
                print(&line);
                let kept = if stderr { &mut finished.stderr } else { &mut finished.stdout };
                kept.extend([&line, "\n"]);
                continue;
            }
            Err(error) => error == RecvTimeoutError::Timeout,
        };
        match running.child.try_wait()? {
            Some(status) if !open || exited.get_or_insert_with(Instant::now).elapsed() > DRAIN => {
                return Ok(Finished { status, ..finished });
            }
            None if Instant::now() > end => {
                bail!("`{}` was ended after its limit of {} s", running.program, limit.as_secs())
            }
            _ if !open => thread::sleep(POLL),
            _ => {}
        }
    }
}

/// Reads a pipe on its own thread, so that a full pipe never blocks the child.
fn read_lines(pipe: Option<impl Read + Send + 'static>, stderr: bool, to: Sender<(bool, String)>) {
    let lines = pipe.into_iter().flat_map(|pipe| BufReader::new(pipe).split(b'\n').map_while(Result::ok));
    let mut lines = lines.map(|line| String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
    thread::spawn(move || lines.try_for_each(|line| to.send((stderr, line))));
}

/// A running child. It is ended with all its descendants when this value is dropped.
pub(crate) struct Companion {
    child: Child,
    /// The lines of its output. `true` marks stderr.
    lines: Receiver<(bool, String)>,
    program: String,
}

impl Companion {
    fn spawn(command: &mut Command) -> Result<Self> {
        let program = shown(command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("`{program}` could not be started"))?;
        let (to, lines) = channel();
        read_lines(child.stdout.take(), false, to.clone());
        read_lines(child.stderr.take(), true, to);
        Ok(Self { child, lines, program })
    }

    /// Starts a process that runs beside the tests. Its first line on stdout, a JSON object, says
    /// that it is ready. Returns these members of it, which are addresses.
    pub(crate) fn start<const N: usize>(
        command: &mut Command,
        prose: Prose,
        names: [&str; N],
    ) -> Result<(Self, [String; N])> {
        let companion = Self::spawn(command)?;
        let line = companion.first_line(minutes(1), prose)?;
        let ready = serde_json::from_str(&line).unwrap_or_default();
        let addresses = names.map(|name| text(&ready, name).to_owned());
        let complete = addresses.iter().all(|address| !address.is_empty());
        ensure!(complete, "`{}` printed `{line}` without {names:?}", companion.program);
        Ok((companion, addresses))
    }

    /// Waits for the first line on stdout. Until then stderr is printed.
    fn first_line(&self, limit: Duration, prose: Prose) -> Result<String> {
        let end = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((false, line)) => return Ok(line),
                Ok((true, line)) => prose.line(&line),
                Err(_) => bail!("`{}` was not ready after {} s", self.program, limit.as_secs()),
            }
        }
    }

    /// Sends the process a signal. Fails unless it exits with success within the limit.
    pub(crate) fn end(mut self, signal: Signal, limit: Duration) -> Result<()> {
        if let Some(process) = processes()?.process(Pid::from_u32(self.child.id())) {
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
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let (mut family, system) = (vec![Pid::from_u32(self.child.id())], processes());
        let _already_gone = self.child.kill();
        while let (Some(parent), Ok(system)) = (family.pop(), &system) {
            for (pid, process) in system.processes().iter().filter(|(_, process)| process.parent() == Some(parent)) {
                process.kill();
                family.push(*pid);
            }
        }
        let _status = self.child.wait();
    }
}

fn processes() -> Result<System> {
    let mut system = System::new()?;
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    Ok(system)
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
        let companion = Companion::spawn(&mut shell(script)).unwrap();
        assert_eq!(companion.first_line(SECONDS_20, Prose::Stderr).unwrap(), "ready");
        companion.end(Signal::Term, SECONDS_20).unwrap();
    }
}
