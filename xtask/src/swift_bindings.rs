//! From what uniffi generates for Swift to what an app may see of it, and into the Swift package.
//!
//! uniffi makes everything public that another generated module might need. Here there is no other module, so its own parts
//! become invisible, classes final, and errors speak in Swift's manner. Every change must be found where it is expected: a
//! generator that writes otherwise is an error, not a package with a hole.

use std::path::Path;

use thiserror::Error;

use crate::files;

/// Why the Swift package did not get its generated part.
#[derive(Debug, Error)]
pub(crate) enum SwiftBindingsError {
    /// The generator wrote something else than this command knows.
    #[error("the generated Swift has no `{0}`: the generator changed, and xtask/src/swift_bindings.rs must follow")]
    Unknown(&'static str),
    /// A file could not be read or written.
    #[error("{file}: {source}")]
    File { file: String, source: std::io::Error },
}

/// Parts that only the generated file itself needs.
const HIDDEN: [(&str, &str); 7] = [
    ("public struct FfiConverterType", "struct FfiConverterType"),
    ("public func FfiConverterType", "func FfiConverterType"),
    ("    public struct NoHandle", "    fileprivate struct NoHandle"),
    ("    public init(noHandle", "    fileprivate init(noHandle"),
    ("    required public init(unsafeFromHandle", "    fileprivate init(unsafeFromHandle"),
    ("    public func uniffiCloneHandle", "    fileprivate func uniffiCloneHandle"),
    ("public func uniffiEnsure", "fileprivate func uniffiEnsure"),
];

/// How many callbacks are under way: a test of the package counts them. Only there where a shell has async callbacks.
const COUNTED: (&str, &str) = ("public func uniffiForeignFutureHandleCount", "package func foreignFutureCount");

/// What the generator writes above the initialiser of a record.
const MEMBERWISE: &str =
    "    // Default memberwise initializers are never public by default, so we\n    // declare one manually.\n";
/// The description that it gives an error.
const REFLECTED: &str = "    public var errorDescription: String? {\n        String(reflecting: self)\n    }\n";
/// The class that gives calls up: the package follows `Task` cancellation instead.
const CANCELLATION: &str = "Cancellation";
/// Words of Swift that an error might be called.
const KEYWORDS: [&str; 8] = ["case", "default", "extension", "internal", "operator", "private", "protocol", "public"];

/// Rewrites a generated file.
pub(crate) fn polish(generated: &str) -> Result<String, SwiftBindingsError> {
    let mut text = generated.to_owned();
    for (was, is) in HIDDEN {
        if !text.contains(was) {
            return Err(SwiftBindingsError::Unknown(was));
        }
        text = text.replace(was, is);
    }
    text = text.replace(COUNTED.0, COUNTED.1);
    text = text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n";
    text = text.replace(MEMBERWISE, "    /// A value with these members.\n");
    errors(&text)
}

/// Who may see one line's declaration.
fn line(line: &str) -> String {
    if let Some(rest) = line.strip_prefix("open class ") {
        let name = rest.split(':').next().unwrap_or(rest);
        // `XImpl` is a Rust object behind a trait of the shell; none ever comes out.
        let seen = match name {
            CANCELLATION => "package ",
            _ if name.ends_with("Impl") => "",
            _ => "public ",
        };
        return format!("{seen}final class {rest}");
    }
    if let Some(rest) = line.strip_prefix("public protocol ") {
        // `XProtocol` repeats the class `X`; what has no such ending is a trait that a shell implements.
        let repeats = rest.split(':').next().is_some_and(|name| name.ends_with("Protocol"));
        return if repeats { format!("protocol {rest}") } else { line.to_owned() };
    }
    if let Some(rest) = line.strip_prefix("open func ") {
        let seen = if rest.contains("cancellation: Cancellation?") { "package" } else { "public" };
        return format!("{seen} func {rest}");
    }
    line.to_owned()
}

/// Gives every error enum cases in lower camel case, a description in words and, where each case has one, its `code`.
fn errors(text: &str) -> Result<String, SwiftBindingsError> {
    let mut polished = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(": Swift.Error, ") {
        let before = rest.get(..begin).unwrap_or_default();
        let name = before.rsplit(' ').next().unwrap_or_default();
        let end =
            rest.find(&format!("func FfiConverterType{name}_lift")).ok_or(SwiftBindingsError::Unknown("_lift"))?;
        polished.push_str(before);
        polished.push_str(&error(rest.get(begin..end).unwrap_or_default())?);
        rest = rest.get(end..).unwrap_or_default();
    }
    polished.push_str(rest);
    Ok(polished)
}

/// One case of an error enum: its name and its members in order.
struct Case<'a> {
    name: &'a str,
    members: Vec<&'a str>,
}

/// One error enum with its converter.
fn error(text: &str) -> Result<String, SwiftBindingsError> {
    let cases = cases(text);
    if cases.is_empty() || !text.contains(REFLECTED) {
        return Err(SwiftBindingsError::Unknown("errorDescription"));
    }
    let mut description = "    /// What is wrong or what to do, in English, for developers.\n".to_owned();
    description.push_str(&switch("errorDescription: String?", "reason", &cases, |name| format!("\"{}\"", words(name))));
    if cases.iter().all(|case| case.members.contains(&"code")) {
        description.push_str("\n    /// The stable name of what went wrong, for programs.\n");
        description.push_str(&switch("code: String", "code", &cases, |_| "\"\"".to_owned()));
    }
    let mut text = text.replace(REFLECTED, &description);
    for Case { name, .. } in &cases {
        for (before, after) in
            [("case ", "("), ("case ", "\n"), ("return .", "\n"), ("return .", "("), ("let .", "("), ("case .", ":")]
        {
            text = text.replace(&format!("{before}{name}{after}"), &format!("{before}{}{after}", lower_camel(name)));
        }
    }
    Ok(text)
}

/// The cases, as the generated `write` takes them apart.
fn cases(text: &str) -> Vec<Case<'_>> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("case let .") {
                let (name, members) = rest.strip_suffix("):")?.split_once('(')?;
                return Some(Case { name, members: members.split(',').collect() });
            }
            let name = line.strip_prefix("case .")?.strip_suffix(':')?;
            Some(Case { name, members: Vec::new() })
        })
        .collect()
}

/// A computed property that gives one member of each case, or what `otherwise` says of a case without it.
fn switch(property: &str, member: &str, cases: &[Case<'_>], otherwise: impl Fn(&str) -> String) -> String {
    let mut text = format!("    public var {property} {{\n        switch self {{\n");
    for Case { name, members } in cases {
        if members.contains(&member) {
            let taken: Vec<&str> = members.iter().map(|it| if *it == member { member } else { "_" }).collect();
            text.push_str(&format!("        case let .{name}({}): return {member}\n", taken.join(", ")));
        } else {
            text.push_str(&format!("        case .{name}: return {}\n", otherwise(name)));
        }
    }
    text.push_str("        }\n    }\n");
    text
}

/// `KeyStore` to `keyStore`, and `Internal`, which is a word of the language then, to the same in backticks.
fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    let name: String = letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    if KEYWORDS.contains(&name.as_str()) { format!("`{name}`") } else { name }
}

/// `NotVerified` to `not verified`.
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

/// Puts the polished Swift and the C header with its module map of one module where the Swift package looks for them: in
/// `Generated`, since a package cannot reach outside its own folder. `from` holds `{module}.swift`, `{module}.h` of the C
/// module and its `.modulemap`.
pub(crate) fn place(from: &Path, module: &str, c_module: &str, package: &Path) -> Result<(), SwiftBindingsError> {
    let generated = package.join("Generated");
    let header = format!("{c_module}.h");
    for (file, to) in [
        (format!("{module}.swift"), generated.join(module).join(format!("{module}.swift"))),
        (header.clone(), generated.join(c_module).join(header)),
        (format!("{c_module}.modulemap"), generated.join(c_module).join("module.modulemap")),
    ] {
        copy(&from.join(file), &to)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), SwiftBindingsError> {
    let at = |file: &Path| {
        let file = file.display().to_string();
        move |source| SwiftBindingsError::File { file, source }
    };
    files::write_if_changed(to, &std::fs::read(from).map_err(at(from))?).map_err(at(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "\
public protocol TicketProtocol: AnyObject, Sendable {
}
public protocol KeyStore: AnyObject, Sendable {
}
open class Ticket: TicketProtocol, @unchecked Sendable {
    public struct NoHandle {
    required public init(unsafeFromHandle handle: UInt64) {
    public init(noHandle: NoHandle) {
    public func uniffiCloneHandle() -> UInt64 {
open func approve(cancellation: Cancellation?)async throws  -> Data  {
open func fields()throws  -> [Field]  {
}
open class KeyStoreImpl: KeyStore, @unchecked Sendable {
open class Cancellation: CancellationProtocol, @unchecked Sendable {
public struct FfiConverterTypeTicket: FfiConverter {
public func FfiConverterTypeTicket_lift(_ handle: UInt64) throws -> Ticket {
public
enum KeyStoreError: Swift.Error, Equatable, Hashable, Foundation.LocalizedError {
    case NotVerified
    case Unavailable(
        /**
         * Why
         */reason: String
    )
    public var errorDescription: String? {
        String(reflecting: self)
    }
}
public struct FfiConverterTypeKeyStoreError: FfiConverterRustBuffer {
        case 1: return .NotVerified
        case 2: return .Unavailable(
            reason: try FfiConverterString.read(from: &buf)
            )
        case .NotVerified:
            writeInt(&buf, Int32(1))
        case let .Unavailable(reason):
            writeInt(&buf, Int32(2))
}
public func FfiConverterTypeKeyStoreError_lift(_ buf: RustBuffer) throws -> KeyStoreError {
public func uniffiForeignFutureHandleCountCountersign() -> Int {
public func uniffiEnsureCountersignInitialized() {
";

    #[test]
    fn only_what_an_app_uses_stays_public() {
        let polished = polish(GENERATED).unwrap();
        let public: Vec<&str> = polished.lines().filter(|line| line.trim_start().starts_with("public")).collect();
        assert_eq!(
            public,
            [
                "public protocol KeyStore: AnyObject, Sendable {",
                "public final class Ticket: TicketProtocol, @unchecked Sendable {",
                "public func fields()throws  -> [Field]  {",
                "public",
                "    public var errorDescription: String? {",
            ]
        );
        assert!(!polished.contains("open "));
        assert!(polished.contains("package func approve(cancellation: Cancellation?)"));
        assert!(polished.contains("package final class Cancellation"));
    }

    #[test]
    fn errors_are_in_swifts_manner() {
        let polished = polish(GENERATED).unwrap();
        for expected in [
            "    case notVerified\n",
            "    case unavailable(\n",
            "case 1: return .notVerified\n",
            "case 2: return .unavailable(\n",
            "case .notVerified:\n            writeInt",
            "case let .unavailable(reason):\n            writeInt",
            "case .notVerified: return \"not verified\"\n",
            "case let .unavailable(reason): return reason\n",
        ] {
            assert!(polished.contains(expected), "{expected} is missing in\n{polished}");
        }
    }

    #[test]
    fn every_case_with_a_code_gives_it() {
        let text = ": Swift.Error, X {\n    case Server(\n    )\n    public var errorDescription: String? {\n        \
            String(reflecting: self)\n    }\n        case let .Server(code,reason,status):\n";
        assert!(error(text).unwrap().contains("case let .server(code, _, _): return code"));
    }

    #[test]
    fn another_generator_is_noticed() {
        assert!(polish(&GENERATED.replace("uniffiCloneHandle", "clone")).is_err());
        assert!(polish(&GENERATED.replace("String(reflecting: self)", "reason")).is_err());
    }
}
