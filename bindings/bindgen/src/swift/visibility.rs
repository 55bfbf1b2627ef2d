//! Hides code that only the generated file uses, and makes classes final. uniffi makes public
//! whatever another generated module might need. Upstream: mozilla/uniffi-rs#2030 and #1425, both
//! open (written for Kotlin), and #2573.

use crate::source::{Patched, Source};

/// Declarations that must be there, with their new form.
const HIDDEN: [(&str, &str); 7] = [
    ("public struct FfiConverterType", "struct FfiConverterType"),
    ("public func FfiConverterType", "func FfiConverterType"),
    ("    public struct NoHandle", "    fileprivate struct NoHandle"),
    ("    public init(noHandle", "    fileprivate init(noHandle"),
    ("    required public init(unsafeFromHandle", "    fileprivate init(unsafeFromHandle"),
    ("    public func uniffiCloneHandle", "    fileprivate func uniffiCloneHandle"),
    ("public func uniffiEnsure", "fileprivate func uniffiEnsure"),
];

/// The number of callbacks under way, which a test of the package reads. Only in libraries with
/// asynchronous callbacks.
const COUNTED: (&str, &str) = ("public func uniffiForeignFutureHandleCount", "package func foreignFutureCount");

/// The class that cancels calls. The package uses `Task` cancellation instead.
const CANCELLATION: &str = "Cancellation";

pub(super) fn patch(source: &mut Source) -> Patched {
    for (from, to) in HIDDEN {
        source.replace(from, to)?;
    }
    source.replace_any(COUNTED.0, COUNTED.1);
    source.lines(|line| Ok(restrict(line)))
}

fn restrict(line: &str) -> String {
    if let Some(rest) = line.strip_prefix("open class ") {
        let name = rest.split(':').next().unwrap_or(rest);
        // `XImpl` is a Rust object behind a trait of the shell. The library returns none.
        let visibility = match name {
            CANCELLATION => "package ",
            _ if name.ends_with("Impl") => "",
            _ => "public ",
        };
        return format!("{visibility}final class {rest}");
    }
    if let Some(rest) = line.strip_prefix("public protocol ") {
        // `XProtocol` repeats the class `X`. A protocol without this suffix is a trait that a shell
        // implements.
        let repeats = rest.split(':').next().is_some_and(|name| name.ends_with("Protocol"));
        return if repeats { format!("protocol {rest}") } else { line.to_owned() };
    }
    if let Some(rest) = line.strip_prefix("open func ") {
        let visibility = if rest.contains("cancellation: Cancellation?") { "package" } else { "public" };
        return format!("{visibility} func {rest}");
    }
    line.to_owned()
}
