//! Runs the scenarios between the present commit and an earlier one: the earlier phone against the
//! present server, and the present phone against the earlier server.
//!
//! Usage: `compat --root CHECKOUT --target FOLDER`. `cargo xtask compat` starts it. It prints one
//! line `COMPAT <direction> <scenario> <result>` for each scenario.

mod baseline;
mod scenarios;
mod side;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use baseline::Baseline;
use scenarios::Direction;
use side::Side;

/// An error that ends the run.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The command line.
struct Options {
    /// The checkout with `tests/compat/baseline` and the history.
    root: PathBuf,
    /// The folder that cargo builds the present commit in.
    target: PathBuf,
}

impl Options {
    fn read() -> Result<Self, Failure> {
        let (mut root, mut target) = (None, None);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().map(PathBuf::from);
            match word.as_str() {
                "--root" => root = value,
                "--target" => target = value,
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        Ok(Self { root: root.ok_or("--root is missing")?, target: target.ok_or("--target is missing")? })
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            writeln!(std::io::stderr(), "error: {failure}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every common scenario passed in both directions.
fn run() -> Result<bool, Failure> {
    let Options { root, target } = Options::read()?;
    let folder = target.join("compat");
    let sources = Baseline::read(&root)?.unpack(&root, &folder)?;
    let earlier = Side::build(&sources, &folder.join("build"))?;
    let present = Side::build(&root, &target)?;
    let directions = [
        Direction { name: "earlier-phone", phone: &earlier, server: &present },
        Direction { name: "earlier-server", phone: &present, server: &earlier },
    ];
    let results = directions.iter().map(Direction::run).collect::<Result<Vec<_>, _>>()?;
    let common = scenarios::common(&results);
    let mut out = std::io::stdout();
    let mut passed = !common.is_empty();
    for (direction, results) in directions.iter().zip(&results) {
        for (scenario, result) in results {
            let only_here = !common.contains(scenario);
            let told = if only_here { "only in one of the commits" } else { result.as_str() };
            passed &= only_here || result == "ok";
            writeln!(out, "COMPAT {} {scenario} {told}", direction.name)?;
        }
    }
    Ok(passed)
}
