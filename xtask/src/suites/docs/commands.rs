//! Commands in code blocks: `cargo xtask …` is checked against this program's own definition,
//! `countersign …` against the help of the built program.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::job::{self, minutes};
use crate::tally::Tally;

const PROGRAM: [&str; 3] = ["cargo run --release -- ", "cargo run -- ", "countersign "];

/// One test for each of our commands in the code blocks of a document.
pub(super) fn check(program: &Path, document: &str, text: &str, tally: &mut Tally) {
    for line in shown(text) {
        if let Some(wrong) = wrong(program, &line) {
            tally.check(&format!("{document}: {line}"), wrong);
        }
    }
}

/// The errors in one of our commands, or `None` for any other command.
fn wrong(program: &Path, line: &str) -> Option<Vec<String>> {
    if line.starts_with("cargo xtask") {
        let words = std::iter::once("cargo xtask").chain(line.split_whitespace().skip(2));
        return Some(Cli::command().try_get_matches_from(words).err().iter().map(ToString::to_string).collect());
    }
    let words = PROGRAM.iter().find_map(|program| line.strip_prefix(program))?.split_whitespace();
    let subcommand = words.clone().take_while(|word| !word.starts_with('-'));
    let help = job::read(Command::new(program).args(subcommand).arg("--help"), minutes(1));
    let options = words.filter(|word| word.starts_with("--"));
    Some(match help {
        Ok(help) => {
            let unknown = options.filter(|option| !help.contains(option.split('=').next().unwrap_or(option)));
            unknown.map(|option| format!("there is no option {option}")).collect()
        }
        Err(error) => vec![error.to_string()],
    })
}

/// The command lines in fenced blocks, without comments and prompts.
fn shown(text: &str) -> Vec<String> {
    let mut fenced = false;
    let inside = text.lines().map(str::trim).filter(|line| {
        fenced ^= line.starts_with("```");
        fenced && !line.starts_with("```")
    });
    let lines = inside.map(|line| line.trim_start_matches("$ "));
    lines.map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_in_code_blocks_are_checked() {
        let text = "cargo xtask prose\n```sh\n$ cargo xtask test --json  # all of it\ncargo build\n```\n";
        let wrong = |line: &str| wrong(Path::new("not built"), line);
        assert_eq!(shown(text).iter().filter_map(|line| wrong(line)).count(), 1);
        for (typed, exists) in
            [("test --json", true), ("interop jose", true), ("polish", false), ("test --hard", false)]
        {
            assert_eq!(wrong(&format!("cargo xtask {typed}")).unwrap().is_empty(), exists, "{typed}");
        }
    }
}
