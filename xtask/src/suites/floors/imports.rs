//! Reads which modules of its own crate a source file names, by its text alone.

/// The first segment after each `crate::` in shipped code, in order of appearance, each once. Comments and the tests at
/// the end of a file do not count: a test may look at any floor.
pub(super) fn of(source: &str) -> Vec<String> {
    let code = shipped_code(source);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_' || character == '$') {
            continue;
        }
        let rest = code.get(at + "crate::".len()..).unwrap_or_default();
        for name in named(rest) {
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// The file without line comments and without everything from its test module on.
fn shipped_code(source: &str) -> String {
    let mut code = String::new();
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let only_tests = line.trim_start().starts_with("#[cfg(") && line.contains("test");
        if only_tests && lines.peek().is_some_and(|next| next.trim_start().starts_with("mod ")) {
            break;
        }
        code.push_str(line.split_once("//").map_or(line, |(code, _)| code));
        code.push('\n');
    }
    code
}

/// What follows `crate::`: one name, or a group of paths whose first segments count.
fn named(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![identifier(rest)] };
    let mut names = Vec::new();
    let mut depth = 0_u32;
    let mut path = String::new();
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(identifier(std::mem::take(&mut path).trim())),
            _ if depth == 0 => path.push(character),
            _ => {}
        }
    }
    names.push(identifier(path.trim()));
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_paths_and_groups_are_read() {
        let source = "use crate::jose::{Digest, key::PublicKey};\nuse crate::{\n    error::Error,\n    text::{a, b},\n    Root,\n};\n";
        assert_eq!(of(source), ["jose", "error", "text", "Root"]);
    }

    #[test]
    fn a_path_in_an_expression_counts() {
        assert_eq!(of("fn f() { crate::device::start(); }"), ["device"]);
    }

    #[test]
    fn comments_tests_and_other_crates_do_not_count() {
        let source = "//! See [`crate::device`].\nuse my_crate::x;\nlet a = 1; // crate::text\n#[cfg(test)]\nmod tests {\n    use crate::device::Device;\n}\n";
        assert!(of(source).is_empty());
    }
}
