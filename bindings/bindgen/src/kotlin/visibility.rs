//! Makes code that only the generated file uses `internal`. Upstream: mozilla/uniffi-rs#2030 and
//! #1425, both open.

use crate::source::{Patched, Source};

/// Declarations without a modifier.
const UNMARKED: [&str; 7] = [
    "open class RustBuffer :",
    "class InternalException(",
    "interface UniffiRustCallStatusErrorHandler<",
    "object UniffiNullRustCallStatusErrorHandler:",
    "object UniffiWithHandle",
    "object NoHandle",
    "interface UniffiCleaner {",
];

/// Declarations that are marked `public`.
const PUBLIC: [&str; 4] = [
    "interface FfiConverter<",
    "interface FfiConverterRustBuffer<",
    "object FfiConverter",
    "fun uniffiEnsureInitialized(",
];

/// As [`PUBLIC`], in libraries that have asynchronous callbacks.
const PUBLIC_WITH_CALLBACKS: [&str; 2] =
    ["abstract class FfiConverterCallbackInterface<", "fun uniffiForeignFutureHandleCount("];

/// Members, with their new form.
const MEMBERS: [(&str, &str); 7] = [
    ("    companion object ErrorHandler :", "    internal companion object ErrorHandler :"),
    ("    constructor(withHandle: UniffiWithHandle", "    internal constructor(withHandle: UniffiWithHandle"),
    ("    constructor(noHandle: NoHandle", "    internal constructor(noHandle: NoHandle"),
    ("    protected val handle: Long", "    private val handle: Long"),
    ("    protected val cleanable: UniffiCleaner", "    private val cleanable: UniffiCleaner"),
    ("    val uniffiIsDestroyed: Boolean", "    internal val uniffiIsDestroyed: Boolean"),
    ("    fun uniffiCloneHandle(): Long", "    internal fun uniffiCloneHandle(): Long"),
];

pub(super) fn patch(source: &mut Source) -> Patched {
    source.cut("// This file was", "\n\n@file:", "// Made by `cargo xtask bindings`; changes here are lost.")?;
    for name in UNMARKED {
        source.replace(&format!("\n{name}"), &format!("\ninternal {name}"))?;
    }
    for name in PUBLIC {
        source.replace(&format!("\npublic {name}"), &format!("\ninternal {name}"))?;
    }
    for name in PUBLIC_WITH_CALLBACKS {
        source.replace_any(&format!("\npublic {name}"), &format!("\ninternal {name}"));
    }
    for (from, to) in MEMBERS {
        source.replace(from, to)?;
    }
    drop_companions(source);
    Ok(())
}

/// Removes empty companion objects, each with the comment that hides it from the documents.
fn drop_companions(source: &mut Source) {
    let mut lines: Vec<&str> = Vec::new();
    for line in source.text.lines() {
        let used = lines.iter().rev().find(|line| !line.is_empty()).is_some_and(|line| line.contains("UniffiCleaner"));
        if line.trim() != "companion object" || used {
            lines.push(line);
        } else if lines.ends_with(&["    /**", "     * @suppress", "     */"]) {
            lines.truncate(lines.len().saturating_sub(3));
        }
    }
    source.text = lines.join("\n") + "\n";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_used_companion_object_stays() {
        let mut source = Source::new(
            "interface UniffiCleaner {\n    fun register(): UniffiCleaner.Cleanable\n\n    companion object\n}\n\
             class A {\n    /**\n     * @suppress\n     */\n    companion object\n}\n",
        );
        drop_companions(&mut source);
        let cleaner =
            "interface UniffiCleaner {\n    fun register(): UniffiCleaner.Cleanable\n\n    companion object\n}\n";
        assert_eq!(source.text, format!("{cleaner}class A {{\n}}\n"));
    }
}
