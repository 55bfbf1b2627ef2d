//! Commands in code blocks: `cargo xtask …` against this command's own definition, `countersign …` against the help
//! that the built program prints.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::job;
use crate::tally::Tally;

const HELP_BOUND: Duration = Duration::from_secs(30);

/// One test for each command of ours that a document shows in a code block.
pub(super) fn check(program: &Path, name: &str, text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in shown(text) {
        let wrong = match recognise(&line) {
            Some(Shown::Xtask(words)) => wrong_for_xtask(&words),
            Some(Shown::Countersign(words)) => wrong_for_countersign(program, &words),
            None => continue,
        };
        tally.add(Tally::one(&format!("{name}: {line}"), &wrong));
    }
    tally
}

/// A command of ours, as the words after its name.
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
    match job::capture(&mut help, HELP_BOUND) {
        Ok(ended) if ended.status.success() => {
            let options = words.iter().filter(|word| word.starts_with("--"));
            let known = |option: &&String| ended.stdout.contains(option.split('=').next().unwrap_or(option));
            options.filter(|option| !known(option)).map(|option| format!("there is no option {option}")).collect()
        }
        Ok(ended) => vec![ended.last_words()],
        Err(problem) => vec![problem.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn commands_are_recognised_in_fenced_blocks_only() {
        let text = "cargo xtask prose\n```sh\n$ cargo xtask test --json  # all of it\ncargo build\n```\n";
        let found: Vec<Shown> = shown(text).iter().filter_map(|line| recognise(line)).collect();
        assert_eq!(found, [Shown::Xtask(words(&["test", "--json"]))]);
        assert_eq!(recognise("cargo run --release -- demo"), Some(Shown::Countersign(words(&["demo"]))));
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        assert!(wrong_for_xtask(&words(&["test", "--require-all"])).is_empty());
        assert!(wrong_for_xtask(&words(&["interop", "openid-client"])).is_empty());
        assert!(!wrong_for_xtask(&words(&["polish"])).is_empty());
        assert!(!wrong_for_xtask(&words(&["test", "--hard"])).is_empty());
    }
}
