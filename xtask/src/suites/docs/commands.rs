//! Commands in code blocks: `cargo xtask …` is checked against this program's own definition,
//! `countersign …` against the help of the built program.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::job::{self, minutes};
use crate::tally::Tally;

/// One test for each of our commands in the code blocks of a document.
pub(super) fn check(program: &Path, document: &str, text: &str, tally: &mut Tally) {
    for line in shown(text) {
        let wrong = match recognise(&line) {
            Some(Shown::Xtask(words)) => wrong_for_xtask(&words),
            Some(Shown::Countersign(words)) => wrong_for_countersign(program, &words),
            None => continue,
        };
        tally.check(&format!("{document}: {line}"), &wrong);
    }
}

/// One of our commands, as the words after its name.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Xtask(Vec<String>),
    Countersign(Vec<String>),
}

fn recognise(line: &str) -> Option<Shown> {
    let words = |rest: &str| rest.split_whitespace().map(str::to_owned).collect();
    if let Some(rest) = line.strip_prefix("cargo xtask") {
        return Some(Shown::Xtask(words(rest)));
    }
    let program = ["cargo run --release -- ", "cargo run -- ", "countersign "];
    program.iter().find_map(|program| line.strip_prefix(program)).map(|rest| Shown::Countersign(words(rest)))
}

/// The command lines in fenced blocks, without comments and prompts.
fn shown(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let line = line.trim().trim_start_matches("$ ");
            lines.push(line.split(" #").next().unwrap_or(line).trim().to_owned());
        }
    }
    lines
}

fn wrong_for_xtask(words: &[String]) -> Vec<String> {
    let typed = std::iter::once("cargo xtask").chain(words.iter().map(String::as_str));
    match Cli::command().try_get_matches_from(typed) {
        Ok(_) => Vec::new(),
        Err(problem) => vec![problem.to_string()],
    }
}

fn wrong_for_countersign(program: &Path, words: &[String]) -> Vec<String> {
    let subcommand = words.iter().take_while(|word| !word.starts_with('-'));
    let mut help = Command::new(program);
    help.args(subcommand).arg("--help");
    match job::read(&mut help, minutes(1)) {
        Ok(help) => {
            let options = words.iter().filter(|word| word.starts_with("--"));
            let known = |option: &&String| help.contains(option.split('=').next().unwrap_or(option));
            options.filter(|option| !known(option)).map(|option| format!("there is no option {option}")).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_in_code_blocks_are_checked() {
        let text = "cargo xtask prose\n```sh\n$ cargo xtask test --json  # all of it\ncargo build\n```\n";
        assert_eq!(shown(text).iter().filter_map(|line| recognise(line)).count(), 1);
        for (typed, exists) in
            [("test --json", true), ("interop jose", true), ("polish", false), ("test --hard", false)]
        {
            let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            assert_eq!(wrong_for_xtask(&words).is_empty(), exists, "{typed}");
        }
    }
}
