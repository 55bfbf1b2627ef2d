//! The references name every command and option of `countersign`, and every key of the server's
//! configuration.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use regex::Regex;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::read::matches;
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
    let (text, mut wrong, mut count) = (checkout.text(COMMANDS)?, Vec::new(), 0_usize);
    let mut commands = vec!["countersign".to_owned()];
    while let Some(name) = commands.pop() {
        let words = name.split(' ').skip(1);
        let help = job::read(checkout.command(program).args(words).arg("--help"), minutes(1))?;
        let (subcommands, options) = parse(&help)?;
        let section = section(&text, &name);
        if section.is_none() && name.contains(' ') {
            wrong.push(format!("{COMMANDS} has no heading `{name}`"));
        }
        for option in options.iter().filter(|option| !COMMON.contains(&option.as_str())) {
            count += 1;
            if !section.unwrap_or(&text).contains(option.as_str()) {
                wrong.push(format!("{name} {option}"));
            }
        }
        let subcommands = subcommands.iter().filter(|command| *command != "help");
        commands.extend(subcommands.map(|command| format!("{name} {command}")));
    }
    ensure!(count >= MIN_OPTIONS, "`countersign --help` lists {count} options");
    tally.check("the reference names every command and option", wrong);

    let text = checkout.text(CONFIGURATION)?;
    let keys = keys(checkout)?;
    ensure!(keys.len() >= MIN_KEYS, "{CONFIGURATION_TYPES} has {} keys", keys.len());
    let missing = keys.into_iter().filter(|key| !text.contains(&format!("`{key}`")));
    tally.check("the reference names every configuration key", missing);
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
    let structure = r"(?s)#\[derive\([^\]]*Deserialize[^\]]*\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([a-z]+\))? )?struct \w+ \{(.*?)\n\}";
    let field = r"(?m)^    (?:pub(?:\([a-z]+\))? )?([a-z_0-9]+):";
    let is_policy = |text: &str| text.contains("struct RequestPolicy") || text.contains("struct KeyRotationPolicy");
    let mut keys = BTreeSet::new();
    for (file, text) in checkout.texts(&["rs"])?.iter().filter(|(file, _)| file.starts_with("server/src/")) {
        if file.starts_with(CONFIGURATION_TYPES) || is_policy(text) {
            for [body] in matches(structure, text)? {
                keys.extend(matches(field, body)?.into_iter().map(|[key]| key.to_owned()));
            }
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
        let found = parse(help).unwrap();
        assert_eq!([found.0, found.1], [["server", "help"], ["--data", "--json"]]);
    }

    #[test]
    fn section_ends_at_the_next_heading_that_is_not_below() {
        let text = "# Reference\n## `countersign server`\none\n### Files\ntwo\n## `countersign server init`\nthree\n";
        assert_eq!(section(text, "countersign server"), Some("\none\n### Files\ntwo"));
        assert_eq!(section(text, "countersign server init"), Some("\nthree\n"));
        assert_eq!(section(text, "countersign phone"), None);
    }
}
