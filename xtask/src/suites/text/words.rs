//! The words that `docs/forbidden-words.txt` forbids in code, documents and screens.

use anyhow::{Result, bail};
use regex::Regex;

use crate::checkout::Checkout;
use crate::tally::Tally;

const LIST: &str = "docs/forbidden-words.txt";
const EXTENSIONS: [&str; 16] = [
    "rs", "kt", "kts", "swift", "md", "html", "css", "js", "mjs", "py", "json", "toml", "xml", "sql", "strings", "yml",
];

/// The rules of the list.
#[derive(Debug, Default)]
struct List {
    /// A pattern, and the word to use instead.
    forbidden: Vec<(Regex, String)>,
    /// The beginning of a path, and a pattern of lines that may have a forbidden word there.
    allowed: Vec<(String, Regex)>,
}

/// One test: no line of the tree has a forbidden word.
pub(super) fn check(checkout: &Checkout, tally: &mut Tally) -> Result<()> {
    let list = List::parse(&checkout.text(LIST)?)?;
    let texts = checkout.texts(&EXTENSIONS)?;
    let hits = texts.iter().flat_map(|(file, text)| list.hits(file, text));
    tally.check(&format!("no forbidden word ({LIST})"), hits);
    Ok(())
}

impl List {
    /// Reads `forbid PATTERN => WORD` and `allow PATH => PATTERN`. Lines that begin with `#` are
    /// comments.
    fn parse(text: &str) -> Result<Self> {
        let mut list = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parts = line.split_once(' ').and_then(|(kind, rest)| Some((kind, rest.split_once(" => ")?)));
            match parts {
                Some(("forbid", (text, word))) => list.forbidden.push((Regex::new(text.trim())?, word.to_owned())),
                Some(("allow", (path, pattern))) => list.allowed.push((path.trim().to_owned(), Regex::new(pattern)?)),
                _ => bail!("{LIST} has a line of another form: `{line}`"),
            }
        }
        Ok(list)
    }

    fn hits(&self, file: &str, text: &str) -> Vec<String> {
        let allowed = |line| self.allowed.iter().any(|(path, text)| file.starts_with(path) && text.is_match(line));
        let mut hits = Vec::new();
        for (number, line) in (0..).zip(std::iter::once(file).chain(text.lines())) {
            let found = self.forbidden.iter().filter_map(|(pattern, word)| Some((pattern.find(line)?.as_str(), word)));
            let found = found.filter(|_| !allowed(line));
            hits.extend(found.map(|(found, word)| format!("{file}:{number}: `{found}`, use {word}")));
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_word_is_found_unless_the_line_is_allowed() {
        let list = List::parse("# comment\nforbid (?i)doom => deletion\nallow core/ => alias = \"doomed\"\n").unwrap();
        assert_eq!(list.hits("core/a.rs", "fn f() {}\nlet Doomed = 1;"), ["core/a.rs:2: `Doom`, use deletion"]);
        assert_eq!(list.hits("core/doom.rs", "").len(), 1);
        assert!(list.hits("core/a.rs", "#[serde(alias = \"doomed\")]").is_empty());
        assert_eq!(list.hits("server/a.rs", "#[serde(alias = \"doomed\")]").len(), 1);
        assert!(List::parse("doom => deletion").is_err());
        assert!(List::parse("forbid ( => deletion").is_err());
    }
}
