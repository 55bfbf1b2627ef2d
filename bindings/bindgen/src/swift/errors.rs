//! Gives every error enum lower camel case, a description for developers and, where every case has
//! one, its `code`. uniffi keeps the Rust names and describes an error by its debug output.

use crate::source::{PatchError, Patched, Source};

/// The description that uniffi generates.
const REFLECTED: &str = "    public var errorDescription: String? {\n        String(reflecting: self)\n    }\n";

/// Swift keywords that an error case might be called.
const KEYWORDS: [&str; 8] = ["case", "default", "extension", "internal", "operator", "private", "protocol", "public"];

pub(super) fn patch(source: &mut Source) -> Patched {
    let text = std::mem::take(&mut source.text);
    let mut rest = text.as_str();
    while let Some(begin) = rest.find(": Swift.Error, ") {
        let (before, enumeration) = rest.split_at(begin);
        let name = before.rsplit(' ').next().unwrap_or_default();
        let lift = format!("func FfiConverterType{name}_lift");
        let end = enumeration.find(&lift).ok_or_else(|| PatchError::new(&lift))?;
        let (enumeration, after) = enumeration.split_at(end);
        source.text.push_str(before);
        source.text.push_str(&error(enumeration)?);
        rest = after;
    }
    source.text.push_str(rest);
    Ok(())
}

/// A case of an error enum: its name and its members in order.
struct Case<'a> {
    name: &'a str,
    members: Vec<&'a str>,
}

/// Patches one error enum with its converter.
fn error(text: &str) -> Result<String, PatchError> {
    let cases = cases(text);
    if cases.is_empty() || !text.contains(REFLECTED) {
        return Err(PatchError::new("errorDescription"));
    }
    let mut properties = "    /// What happened or what to do, in English, for developers.\n".to_owned();
    properties
        .push_str(&property("errorDescription: String?", "reason", &cases, |name| format!("\"{}\"", words(name))));
    if cases.iter().all(|case| case.members.contains(&"code")) {
        properties.push_str("\n    /// The stable code of the error, for programs.\n");
        properties.push_str(&property("code: String", "code", &cases, |_| "\"\"".to_owned()));
    }
    let mut text = text.replace(REFLECTED, &properties);
    for Case { name, .. } in &cases {
        for (before, after) in
            [("case ", "("), ("case ", "\n"), ("return .", "\n"), ("return .", "("), ("let .", "("), ("case .", ":")]
        {
            text = text.replace(&format!("{before}{name}{after}"), &format!("{before}{}{after}", lower_camel(name)));
        }
    }
    Ok(text)
}

/// Reads the cases from the generated `write`, which matches each of them.
fn cases(text: &str) -> Vec<Case<'_>> {
    text.lines().map(str::trim).filter_map(case).collect()
}

fn case(line: &str) -> Option<Case<'_>> {
    if let Some(rest) = line.strip_prefix("case let .") {
        let (name, members) = rest.strip_suffix("):")?.split_once('(')?;
        return Some(Case { name, members: members.split(',').collect() });
    }
    Some(Case { name: line.strip_prefix("case .")?.strip_suffix(':')?, members: Vec::new() })
}

/// A computed property that returns one member of each case, or the result of `otherwise` for a
/// case without it.
fn property(declaration: &str, member: &str, cases: &[Case<'_>], otherwise: impl Fn(&str) -> String) -> String {
    let mut text = format!("    public var {declaration} {{\n        switch self {{\n");
    for Case { name, members } in cases {
        let line = if members.contains(&member) {
            let bound: Vec<&str> = members.iter().map(|it| if *it == member { member } else { "_" }).collect();
            format!("        case let .{name}({}): return {member}\n", bound.join(", "))
        } else {
            format!("        case .{name}: return {}\n", otherwise(name))
        };
        text.push_str(&line);
    }
    text + "        }\n    }\n"
}

/// `KeyStore` becomes `keyStore`. `Internal` becomes a keyword and gets backticks.
fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    let name: String = letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    if KEYWORDS.contains(&name.as_str()) { format!("`{name}`") } else { name }
}

/// `NotVerified` becomes `not verified`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enum_whose_cases_all_have_a_code_gets_the_property() {
        let text = ": Swift.Error, X {\n    case Server(\n    )\n    public var errorDescription: String? {\n        \
            String(reflecting: self)\n    }\n        case let .Server(code,reason,status):\n";
        assert!(error(text).unwrap().contains("case let .server(code, _, _): return code"));
    }
}
