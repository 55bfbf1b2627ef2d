//! Child processes that cannot outlive their welcome: every one has a bound, and what it started dies with it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::prose::Prose;

/// How often a child that is silent is asked whether it still lives.
const PULSE: Duration = Duration::from_millis(50);
/// How long the output of a finished child may still come: a process that it left behind can hold the pipe open.
const DRAIN: Duration = Duration::from_secs(2);

/// Why a child gave no result.
#[derive(Debug, Error)]
pub(crate) enum JobError {
    /// The program is missing or may not be run.
    #[error("could not start `{program}`: {source}")]
    Start { program: String, source: std::io::Error },
    /// The operating system would not say how the child ended.
    #[error("lost sight of `{program}`: {source}")]
    Lost { program: String, source: std::io::Error },
    /// The child ran longer than it may and was ended, with everything it started.
    #[error("`{program}` ran longer than {} s and was ended", bound.as_secs())]
    TooLong { program: String, bound: Duration },
}

/// A child that ended by itself.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The last lines a child said, for a report: its stderr, or its stdout where stderr is empty.
    pub(crate) fn last_words(&self) -> String {
        let said = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<&str> = said.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(12)).copied().collect::<Vec<_>>().join("\n")
    }
}

/// Which of a child's streams a line came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// Runs a child to its end and passes on what it says as it says it.
pub(crate) fn stream(command: &mut Command, bound: Duration, prose: Prose) -> Result<Finished, JobError> {
    follow(command, bound, |line| prose.line(line))
}

/// Runs a child to its end in silence.
pub(crate) fn capture(command: &mut Command, bound: Duration) -> Result<Finished, JobError> {
    follow(command, bound, |_| {})
}

fn follow(command: &mut Command, bound: Duration, mut said: impl FnMut(&str)) -> Result<Finished, JobError> {
    let program = program(command);
    let (mut child, lines) = spawn(command, &program)?;
    let end = Instant::now() + bound;
    let mut finished = Finished { status: ExitStatus::default(), stdout: String::new(), stderr: String::new() };
    let mut exited: Option<Instant> = None;
    loop {
        match lines.recv_timeout(PULSE) {
            Ok((stream, line)) => {
                said(&line);
                let kept = if stream == Stream::Out { &mut finished.stdout } else { &mut finished.stderr };
                kept.push_str(&line);
                kept.push('\n');
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if exited.is_none() && lost(child.try_wait(), &program)?.is_some() {
            exited = Some(Instant::now());
        }
        if exited.is_some_and(|at| at.elapsed() > DRAIN) {
            break;
        }
        if exited.is_none() && Instant::now() > end {
            end_tree(&mut child);
            return Err(JobError::TooLong { program, bound });
        }
    }
    // Both pipes closed is not yet an end: the bound holds until the child is gone.
    while lost(child.try_wait(), &program)?.is_none() {
        if Instant::now() > end {
            end_tree(&mut child);
            return Err(JobError::TooLong { program, bound });
        }
        thread::sleep(PULSE);
    }
    finished.status = lost(child.wait(), &program)?;
    Ok(finished)
}

fn lost<T>(result: std::io::Result<T>, program: &str) -> Result<T, JobError> {
    result.map_err(|source| JobError::Lost { program: program.to_owned(), source })
}

fn program(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn spawn(command: &mut Command, program: &str) -> Result<(Child, Receiver<(Stream, String)>), JobError> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| JobError::Start { program: program.to_owned(), source })?;
    let (to, lines) = channel();
    if let Some(out) = child.stdout.take() {
        read_lines(out, Stream::Out, to.clone());
    }
    if let Some(err) = child.stderr.take() {
        read_lines(err, Stream::Err, to);
    }
    Ok((child, lines))
}

/// Reads a pipe on a thread of its own, so that a full pipe never blocks the child.
fn read_lines(pipe: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, String)>) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
            bytes.clear();
            if to.send((stream, line)).is_err() {
                break;
            }
        }
    });
}

/// A process that runs beside the tests and is ended when this value goes away: asked first, as Ctrl-C asks, then
/// made to.
pub(crate) struct Companion {
    child: Child,
    lines: Receiver<(Stream, String)>,
    program: String,
    prose: Prose,
}

impl Companion {
    /// Starts a process. What it says on stderr goes to `prose` while [`Self::first_line`] waits.
    pub(crate) fn start(command: &mut Command, prose: Prose) -> Result<Self, JobError> {
        let program = program(command);
        let (child, lines) = spawn(command, &program)?;
        Ok(Self { child, lines, program, prose })
    }

    /// Waits for the first line on stdout: by convention a ready process says so there.
    pub(crate) fn first_line(&mut self, bound: Duration) -> Result<String, JobError> {
        let end = Instant::now() + bound;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((Stream::Out, line)) => return Ok(line),
                Ok((Stream::Err, line)) => self.prose.line(&line),
                Err(_) => return Err(JobError::TooLong { program: self.program.clone(), bound }),
            }
        }
    }

    /// Asks the process to end as Ctrl-C does and reports whether it did so, cleanly and within the bound.
    pub(crate) fn interrupt(self, bound: Duration) -> Result<ExitStatus, JobError> {
        self.ask("INT", bound)
    }

    fn ask(mut self, signal_name: &str, bound: Duration) -> Result<ExitStatus, JobError> {
        signal(signal_name, &[self.child.id()]);
        let end = Instant::now() + bound;
        loop {
            if let Some(status) = lost(self.child.try_wait(), &self.program)? {
                return Ok(status);
            }
            if Instant::now() > end {
                return Err(JobError::TooLong { program: self.program.clone(), bound });
            }
            thread::sleep(PULSE);
        }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            end_tree(&mut self.child);
        }
    }
}

/// Kills a child and everything that descends from it.
fn end_tree(child: &mut Child) {
    let family = descendants(child.id(), &parents());
    let _gone_already = child.kill();
    signal("KILL", &family);
    let _status = child.wait();
}

/// Signals processes through the shell's own `kill`: the standard library cannot, and a bare system has no other.
fn signal(name: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let script = format!("kill -{name} {} 2>/dev/null", numbers.join(" "));
    let _gone_already = Command::new("sh").args(["-c", &script]).status();
}

/// Every process and its parent: from `/proc` where there is one, else from `ps`.
fn parents() -> HashMap<u32, u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return parents_by_ps() };
    let mut parents = HashMap::new();
    for entry in entries.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // `id (name) state parent …`; the name may hold spaces and parentheses.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            parents.insert(id, parent);
        }
    }
    parents
}

fn parents_by_ps() -> HashMap<u32, u32> {
    let Ok(listed) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() else { return HashMap::new() };
    let pair = |line: &str| {
        let mut words = line.split_whitespace().map(str::parse);
        Some((words.next()?.ok()?, words.next()?.ok()?))
    };
    String::from_utf8_lossy(&listed.stdout).lines().filter_map(pair).collect()
}

fn descendants(root: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let mut family = Vec::new();
    let mut generation = vec![root];
    while !generation.is_empty() {
        generation = parents.iter().filter(|(_, parent)| generation.contains(parent)).map(|(id, _)| *id).collect();
        generation.retain(|id| !family.contains(id) && *id != root);
        family.extend(&generation);
    }
    family
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_kept_and_passed_on() {
        let mut heard = Vec::new();
        let ended = follow(&mut shell("echo one; echo two >&2; exit 3"), Duration::from_secs(20), |line| {
            heard.push(line.to_owned());
        })
        .unwrap();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("one\n", "two\n"));
        assert_eq!(ended.status.code(), Some(3));
        heard.sort();
        assert_eq!(heard, ["one", "two"]);
    }

    #[test]
    fn a_child_past_its_bound_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("grandchild");
        let script = format!("sleep 300 & echo $! > {}; wait", note.display());
        let outcome = capture(&mut shell(&script), Duration::from_millis(500));
        assert!(matches!(outcome, Err(JobError::TooLong { .. })));
        let grandchild: u32 = std::fs::read_to_string(note).unwrap().trim().parse().unwrap();
        // Dead is not yet gone: it has to be scheduled once more, and is a zombie until its new parent looks.
        let alive = || std::fs::read_to_string(format!("/proc/{grandchild}/stat")).is_ok_and(|it| !it.contains(") Z "));
        let end = Instant::now() + Duration::from_secs(20);
        while alive() {
            assert!(Instant::now() < end, "still alive");
            thread::sleep(PULSE);
        }
    }

    #[test]
    fn a_process_left_behind_does_not_hold_up_the_run() {
        let began = Instant::now();
        let ended = capture(&mut shell("sleep 30 & echo $!"), Duration::from_secs(60)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(20));
        signal("KILL", &[ended.stdout.trim().parse().unwrap()]);
    }

    #[test]
    fn a_missing_program_is_named() {
        let outcome = capture(&mut Command::new("no-such-program-here"), Duration::from_secs(1));
        assert!(outcome.unwrap_err().to_string().contains("no-such-program-here"));
    }

    #[test]
    fn a_companion_says_it_is_ready_and_ends_when_asked() {
        // Not INT: a shell that was started in the background ignores it for good.
        let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        let mut companion = Companion::start(&mut shell(script), Prose::Stderr).unwrap();
        assert_eq!(companion.first_line(Duration::from_secs(20)).unwrap(), "ready");
        assert_eq!(companion.ask("TERM", Duration::from_secs(20)).unwrap().code(), Some(0));
    }
}
