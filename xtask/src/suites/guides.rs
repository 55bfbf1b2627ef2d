//! The guides for apps: every piece of code that they show stands word for word in a file that is compiled.

use std::path::Path;

use crate::checkout::Checkout;
use crate::tally::Tally;

/// A guide, the folder with what it shows, and its languages: the word behind a fence, and the endings of files.
struct Guide {
    document: &'static str,
    folder: &'static str,
    languages: &'static [(&'static str, &'static [&'static str])],
}

const GUIDES: [Guide; 2] = [
    Guide {
        document: "docs/guide-android.md",
        folder: "android/sample",
        languages: &[("kotlin", &["kt", "kts"]), ("xml", &["xml"])],
    },
    Guide { document: "docs/guide-ios.md", folder: "ios/Sample", languages: &[("swift", &["swift"])] },
];
/// A guide that shows less than this was not read.
const FEWEST: usize = 3;

/// One test for each piece of code in a guide.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    let mut tally = Tally::default();
    for guide in &GUIDES {
        match check(checkout, guide) {
            Ok(checked) => tally.add(checked),
            Err(problem) => tally.fail(format!("{}: {problem}", guide.document)),
        }
    }
    tally
}

fn check(checkout: &Checkout, guide: &Guide) -> std::io::Result<Tally> {
    let text = std::fs::read_to_string(checkout.path(guide.document))?;
    let mut tally = Tally::default();
    let mut count = 0_usize;
    for (language, endings) in guide.languages {
        let mut files = Vec::new();
        read(&checkout.path(guide.folder), endings, &mut files)?;
        for (line, block) in blocks(&text, language) {
            count = count.saturating_add(1);
            let what = format!("{} line {line}: in no {language} file of {}", guide.document, guide.folder);
            let wrong = if stands_in(&files, &block) { Vec::new() } else { vec![block] };
            tally.add(Tally::one(&what, &wrong));
        }
    }
    if count < FEWEST {
        tally.fail(format!("{}: {count} pieces of code, at least {FEWEST} were expected", guide.document));
    }
    Ok(tally)
}

/// The fenced blocks of a language, each with the number of the line that opens it.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let fence = format!("```{language}");
    let mut found = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        open = match open {
            None if line == fence => Some((number, Vec::new())),
            None => None,
            Some((start, lines)) if line == "```" => {
                found.push((start, lines.join("\n")));
                None
            }
            Some((start, mut lines)) => {
                lines.push(line);
                Some((start, lines))
            }
        };
    }
    found
}

/// Whether a block is some whole lines of a file, one after the other.
fn stands_in(files: &[String], block: &str) -> bool {
    let whole = format!("\n{block}\n");
    !block.trim().is_empty() && files.iter().any(|file| format!("\n{file}\n").contains(&whole))
}

fn read(folder: &Path, endings: &[&str], files: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            read(&path, endings, files)?;
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            files.push(std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\n```kotlin\n    one\n    two\n```\nb\n```sh\nls\n```\n```kotlin\nthree\n```\n";

    #[test]
    fn blocks_have_their_language_and_line() {
        let expected = [(2, "    one\n    two".to_owned()), (10, "three".to_owned())];
        assert_eq!(blocks(TEXT, "kotlin"), expected);
        assert_eq!(blocks(TEXT, "sh"), [(7, "ls".to_owned())]);
        assert_eq!(blocks(TEXT, "xml"), []);
    }

    #[test]
    fn a_block_is_whole_lines_and_has_their_indentation() {
        let files = ["start\n    one\n    two\nend".to_owned()];
        assert!(stands_in(&files, "    one\n    two"));
        assert!(stands_in(&files, "end"));
        for other in ["one\n    two", "    one", "    one\n\n    two", "tart", "", "  "] {
            assert_eq!(stands_in(&files, other), other == "    one", "{other:?}");
        }
    }
}
