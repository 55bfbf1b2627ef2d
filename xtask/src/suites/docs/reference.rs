//! The references name every command and option of `countersign`, and every key of the server's
//! configuration.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use regex::Regex;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::tally::Tally;

const COMMANDS: &str = "docs/operators/command-line.md";
const CONFIGURATION: &str = "docs/operators/configuration.md";
/// The files whose structures are read from the configuration file.
const CONFIGURATION_TYPES: &str = "server/src/config";
/// Options that every command has.
const COMMON: [&str; 2] = ["--help", "--version"];
/// Fewer than this, and the help or the types were not read.
const MIN_OPTIONS: usize = 10;
const MIN_KEYS: usize = 20;

/// Two tests: commands with their options, and keys.
pub(super) fn check(checkout: &Checkout, program: &Path, tally: &mut Tally) -> Result<()> {
    let (text, mut wrong, mut count) = (checkout.text(COMMANDS)?, Vec::new(), 0);
    undocumented(checkout, program, &mut Vec::new(), &text, &mut wrong, &mut count)?;
    ensure!(count >= MIN_OPTIONS, "`countersign --help` lists {count} options");
    tally.check("the reference names every command and option", &wrong);

    let text = checkout.text(CONFIGURATION)?;
    let keys = keys(checkout)?;
    ensure!(keys.len() >= MIN_KEYS, "{CONFIGURATION_TYPES} has {} keys", keys.len());
    let missing = keys.iter().filter(|key| !text.contains(&format!("`{key}`")));
    tally.check("the reference names every configuration key", &missing.cloned().collect::<Vec<_>>());
    Ok(())
}

/// Compares the help of a command and of its subcommands with the section of the reference.
fn undocumented(
    checkout: &Checkout,
    program: &Path,
    words: &mut Vec<String>,
    text: &str,
    wrong: &mut Vec<String>,
    count: &mut usize,
) -> Result<()> {
    let help = job::read(checkout.command(program).args(&*words).arg("--help"), minutes(1))?;
    let (commands, options) = parse(&help)?;
    let name = [&["countersign".to_owned()], words.as_slice()].concat().join(" ");
    let section = section(text, &name);
    if section.is_none() && !words.is_empty() {
        wrong.push(format!("{COMMANDS} has no heading `{name}`"));
    }
    for option in options.iter().filter(|option| !COMMON.contains(&option.as_str())) {
        *count += 1;
        if !section.unwrap_or(text).contains(option.as_str()) {
            wrong.push(format!("{name} {option}"));
        }
    }
    for command in commands.into_iter().filter(|command| command != "help") {
        words.push(command);
        undocumented(checkout, program, words, text, wrong, count)?;
        words.pop();
    }
    Ok(())
}

/// The names of the subcommands and of the options in a help text of clap.
fn parse(help: &str) -> Result<(Vec<String>, Vec<String>)> {
    let (command, option) = (Regex::new(r"^  ([a-z][a-z-]*)(?:\s|$)")?, Regex::new(r"^\s+(?:-\w, )?(--[a-z-]+)")?);
    let (mut in_commands, mut commands, mut options) = (false, Vec::new(), Vec::new());
    for line in help.lines() {
        if !line.starts_with(' ') && line.ends_with(':') {
            in_commands = line == "Commands:";
        }
        let found = if in_commands { command.captures(line) } else { option.captures(line) };
        let Some(name) = found.as_ref().and_then(|found| found.get(1)) else { continue };
        if in_commands { &mut commands } else { &mut options }.push(name.as_str().to_owned());
    }
    Ok((commands, options))
}

/// The text from the heading with this command to the next heading that is not below it.
fn section<'a>(text: &'a str, command: &str) -> Option<&'a str> {
    let level = |line: &str| line.chars().take_while(|letter| *letter == '#').count();
    let is_heading = |line: &str| {
        let title = line.trim_start_matches('#').trim().replace('`', "");
        level(line) > 0 && (title == command || title.starts_with(&format!("{command}:")))
    };
    let heading = text.lines().find(|line| is_heading(line))?;
    let (_, after) = text.split_once(heading)?;
    let end = after.match_indices("\n#").find(|(at, _)| {
        let line = after.get(at + 1..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        level(line) <= level(heading) && line.trim_start_matches('#').starts_with(' ')
    });
    after.get(..end.map_or(after.len(), |(at, _)| at))
}

/// The fields of the structures that serde reads in [`CONFIGURATION_TYPES`] and of the policies
/// that they name.
fn keys(checkout: &Checkout) -> Result<BTreeSet<String>> {
    let structure = Regex::new(
        r"(?s)#\[derive\([^\]]*Deserialize[^\]]*\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([a-z]+\))? )?struct \w+ \{(.*?)\n\}",
    )?;
    let field = Regex::new(r"(?m)^    (?:pub(?:\([a-z]+\))? )?([a-z_0-9]+):")?;
    let mut keys = BTreeSet::new();
    let is_policy = |text: &str| text.contains("struct RequestPolicy") || text.contains("struct KeyRotationPolicy");
    for file in checkout.files(&["rs"])?.iter().filter(|file| file.starts_with("server/src/")) {
        let text = checkout.text(file)?;
        if !file.starts_with(CONFIGURATION_TYPES) && !is_policy(&text) {
            continue;
        }
        for found in structure.captures_iter(&text) {
            let body = found.get(1).context("a structure has fields")?.as_str();
            keys.extend(field.captures_iter(body).filter_map(|key| Some(key.get(1)?.as_str().to_owned())));
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_options_are_read_from_help() {
        let help = "About\n\nUsage: x\n\nCommands:\n  server  Runs it\n  help    Prints\n\nOptions:\n  -d, --data <DIR>  The folder\n      --json\n          Prints\n";
        assert_eq!(
            parse(help).unwrap(),
            (vec!["server".to_owned(), "help".to_owned()], vec!["--data".to_owned(), "--json".to_owned()])
        );
    }

    #[test]
    fn section_ends_at_the_next_heading_that_is_not_below() {
        let text = "# Reference\n## `countersign server`\none\n### Files\ntwo\n## `countersign server init`\nthree\n";
        assert_eq!(section(text, "countersign server"), Some("\none\n### Files\ntwo"));
        assert_eq!(section(text, "countersign server init"), Some("\nthree\n"));
        assert_eq!(section(text, "countersign phone"), None);
    }
}
