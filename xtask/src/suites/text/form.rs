//! The width of lines and the length of names, in Rust, Kotlin and Swift.

use anyhow::Result;
use regex::Regex;

use crate::checkout::Checkout;
use crate::tally::Tally;

const MAX_COMMENT_COLUMNS: usize = 100;
const MAX_CODE_COLUMNS: usize = 120;
const MAX_NAME_CHARS: usize = 60;
/// A generated file says so in one of its first lines.
const GENERATED: &str = "@generated";
/// The declaration of a function. Kotlin's names in backticks may hold spaces.
const FUNCTION: &str = r"^\s*(?:[\w@()]+\s+)*(?:fn|fun|func)\s+(?:<[^>]*>\s*)?(?:`([^`]+)`|(\w+))";

/// Three tests: comments, code and names.
pub(super) fn check(checkout: &Checkout, tally: &mut Tally) -> Result<()> {
    let function = Regex::new(FUNCTION)?;
    let (mut comments, mut code, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (file, text) in checkout.texts(&["rs", "kt", "swift"])? {
        if text.lines().take(5).any(|line| line.contains(GENERATED)) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let columns = line.chars().count();
            let place = format!("{file}:{number}: ");
            if columns > MAX_COMMENT_COLUMNS && is_breakable_comment(line) {
                comments.push(format!("{place}{columns} columns"));
            } else if columns > MAX_CODE_COLUMNS && is_breakable_code(line) {
                code.push(format!("{place}{columns} columns"));
            }
            if let Some(name) = long_name(&function, line) {
                names.push(format!("{place}{name}: {} characters", name.chars().count()));
            }
        }
    }
    tally.check(&format!("comments have at most {MAX_COMMENT_COLUMNS} columns"), comments);
    tally.check(&format!("code has at most {MAX_CODE_COLUMNS} columns"), code);
    tally.check(&format!("names of functions and tests have at most {MAX_NAME_CHARS} characters"), names);
    Ok(())
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "/*", "* "].iter().any(|opening| line.starts_with(opening))
}

/// Returns whether a comment can be wrapped. Rows of tables and long addresses cannot.
fn is_breakable_comment(line: &str) -> bool {
    is_comment(line)
        && !line.contains(['│', '|'])
        && line.split_whitespace().all(|word| word.chars().count() < MAX_COMMENT_COLUMNS / 2)
}

/// Returns whether code is too long without its string literals. A formatter does not break these.
fn is_breakable_code(line: &str) -> bool {
    let literals = line.find(['"', '\'']).zip(line.rfind(['"', '\''])).map_or("", |(start, end)| &line[start..end]);
    !is_comment(line) && !line.ends_with('\\') && line.chars().count() - literals.chars().count() > MAX_CODE_COLUMNS
}

fn long_name<'a>(function: &Regex, line: &'a str) -> Option<&'a str> {
    let found = function.captures(line)?;
    let name = found.get(1).or_else(|| found.get(2))?.as_str();
    (name.chars().count() > MAX_NAME_CHARS).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_every_language_are_found() {
        let function = Regex::new(FUNCTION).unwrap();
        let name = "n".repeat(61);
        for line in [
            format!("    pub(crate) async fn {name}() {{"),
            format!("    fun `{name}`() {{"),
            format!("    suspend fun <T> {name}() {{"),
            format!("    public func {name}() async throws {{"),
        ] {
            assert_eq!(long_name(&function, &line), Some(name.as_str()), "{line}");
        }
        assert_eq!(long_name(&function, "fn short() {}"), None);
        assert_eq!(long_name(&function, &format!("let {name} = 1;")), None);
    }

    #[test]
    fn comment_is_told_from_code() {
        assert!(is_breakable_comment(&format!("    /// {}", "word ".repeat(30))));
        assert!(!is_breakable_comment(&format!("// https://example.org/{}", "a".repeat(90))));
        assert!(!is_breakable_comment(&format!("//! | `a` | {} |", "word ".repeat(30))));
        assert!(!is_comment("let a = 1; // trailing"));
        assert!(is_breakable_code(&"word ".repeat(30)));
        assert!(!is_breakable_code(&format!("let a = \"{}\";", "word ".repeat(30))));
    }
}
