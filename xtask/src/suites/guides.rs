//! The code in the guides for apps: every block stands, line by line, in a file that is compiled.

use anyhow::{Result, ensure};
use regex::Regex;

use crate::checkout::Checkout;
use crate::tally::Tally;

/// A guide, the folder with the compiled code, and its languages: the word after a fence and the
/// extensions of files.
struct Guide {
    document: &'static str,
    folder: &'static str,
    languages: &'static [(&'static str, &'static [&'static str])],
}

const GUIDES: [Guide; 2] = [
    Guide {
        document: "docs/apps/android.md",
        folder: "android/sample/",
        languages: &[("kotlin", &["kt", "kts"]), ("xml", &["xml"])],
    },
    Guide { document: "docs/apps/ios.md", folder: "ios/Sample/", languages: &[("swift", &["swift"])] },
];
/// A guide with fewer blocks was not read.
const MIN_BLOCKS: usize = 3;

/// One test for each block of code in a guide.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    for Guide { document, folder, languages } in GUIDES {
        let text = checkout.text(document)?;
        let mut count = 0_usize;
        for (language, extensions) in languages {
            let files = checkout.texts(extensions)?.into_iter().filter(|(file, _)| file.starts_with(folder));
            let files: Vec<String> = files.map(|(_, text)| text).collect();
            for (line, block) in blocks(&text, language)? {
                count += 1;
                let wrong = (!is_in(&files, &block)).then_some(block);
                tally.check(&format!("{document} line {line} is in a {language} file of {folder}"), wrong);
            }
        }
        ensure!(count >= MIN_BLOCKS, "{document} has {count} blocks of code, at least {MIN_BLOCKS} are expected");
    }
    Ok(tally)
}

/// The fenced blocks of a language, each with the number of the line that opens it.
fn blocks(text: &str, language: &str) -> Result<Vec<(usize, String)>> {
    let fences = Regex::new(&format!("(?ms)^```{language}\n(?<code>.*?)^```$"))?;
    let block = |found: regex::Captures<'_>| {
        let (opening, code) = (found.get_match(), found.name("code")?.as_str());
        let line = text.get(..opening.start())?.lines().count() + 1;
        Some((line, code.strip_suffix('\n').unwrap_or(code).to_owned()))
    };
    Ok(fences.captures_iter(text).filter_map(block).collect())
}

/// Returns whether a block is a sequence of whole lines of a file.
fn is_in(files: &[String], block: &str) -> bool {
    let whole = format!("\n{block}\n");
    !block.trim().is_empty() && files.iter().any(|file| format!("\n{file}\n").contains(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_is_whole_lines_with_their_indentation() {
        let text = "a\n```kotlin\n    one\n    two\n```\nb\n```sh\nls\n```\n";
        assert_eq!(blocks(text, "kotlin").unwrap(), [(2, "    one\n    two".to_owned())]);
        let files = ["start\n    one\n    two\nend".to_owned()];
        for (block, expected) in [("    one\n    two", true), ("end", true), ("one\n    two", false), ("  ", false)] {
            assert_eq!(is_in(&files, block), expected, "{block:?}");
        }
    }
}
