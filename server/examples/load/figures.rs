//! Times, counts and what they are printed as.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The result of one measurement.
#[derive(Default, Clone)]
pub(crate) struct Figures {
    /// The time of each flow.
    pub(crate) flows: Vec<Duration>,
    /// The flows that failed, each as a text.
    pub(crate) failures: Vec<String>,
    /// The length of the measurement.
    pub(crate) wall: Duration,
    /// The processor time of the server.
    pub(crate) cpu: Duration,
    /// The calls of fsync and fdatasync of the server, if they could be counted.
    pub(crate) fsyncs: Option<u64>,
}

impl Figures {
    /// Adds another measurement of the same kind.
    pub(crate) fn add(&mut self, other: Self) {
        self.flows.extend(other.flows);
        self.failures.extend(other.failures);
        self.wall += other.wall;
        self.cpu += other.cpu;
        self.fsyncs = self.fsyncs.unwrap_or(0).checked_add(other.fsyncs.unwrap_or(0));
    }

    /// Returns the flows per second.
    pub(crate) fn rate(&self) -> f64 {
        self.flows.len() as f64 / self.wall.as_secs_f64()
    }

    /// Returns the time that `percent` of the flows need at most, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.flows.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }

    /// Prints the figures as one line.
    pub(crate) fn print(&self, name: &str) {
        let count = self.flows.len().max(1) as f64;
        let fsyncs = self.fsyncs.map_or_else(|| "?".to_owned(), |fsyncs| format!("{:.2}", fsyncs as f64 / count));
        println!(
            "{name:<24} {:>7.1} flows/s  {:>6.0} flows/CPU s  {fsyncs:>5} fsyncs/flow  p50 {:>7.1} ms  p99 {:>7.1} ms  \
             max {:>7.1} ms  {} flows, {} failed",
            self.rate(),
            count / self.cpu.as_secs_f64().max(0.001),
            self.percentile(50),
            self.percentile(99),
            self.percentile(100),
            self.flows.len(),
            self.failures.len(),
        );
        let mut failures = self.failures.clone();
        failures.sort_unstable();
        failures.dedup();
        failures.iter().take(5).for_each(|failure| println!("    failed: {failure}"));
    }
}

/// Describes the machine and the file system of the folder.
pub(crate) fn machine(folder: &Path) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("?");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let files = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder).output();
    let files = files.map_or_else(|_| "?".to_owned(), |out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let load = read("/proc/loadavg");
    format!(
        "machine:{}, {cores} cores, file system {files}, load {}",
        model.trim_start_matches(['\t', ' ', ':']).split_whitespace().fold(String::new(), |a, b| a + " " + b),
        load.split(' ').next().unwrap_or("?")
    )
}
