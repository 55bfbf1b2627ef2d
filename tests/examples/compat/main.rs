//! Runs the scenarios between the present commit and an earlier one: the earlier phone against the
//! present server, and the present phone against the earlier server.
//!
//! `cargo run -p countersign-tests --example compat` starts it. It prints one line
//! `COMPAT <direction> <scenario> <result>` for each scenario, and a last line with the counts.

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

/// The folders of the present commit.
struct Checkout {
    /// The checkout with `tests/compat/baseline` and the history.
    root: PathBuf,
    /// The folder that cargo builds the present commit in.
    target: PathBuf,
}

impl Checkout {
    /// Reads the variables that `cargo run` sets.
    fn find() -> Result<Self, Failure> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("start this program with `cargo run`")?;
        let root = PathBuf::from(package).parent().ok_or("the package has no parent folder")?.to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self { root, target })
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
    let Checkout { root, target } = Checkout::find()?;
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
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for (direction, results) in directions.iter().zip(&results) {
        for (scenario, result) in results {
            let only_here = !common.contains(scenario);
            let told = if only_here { "only in one of the commits" } else { result.as_str() };
            match result.as_str() {
                _ if only_here => {}
                "ok" => passed += 1,
                _ => failed += 1,
            }
            writeln!(out, "COMPAT {} {scenario} {told}", direction.name)?;
        }
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(passed > 0 && failed == 0)
}
