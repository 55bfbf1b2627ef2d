//! Makes objects plain `AutoCloseable` and final. uniffi generates a second interface,
//! `Disposable`, and open classes.

use crate::source::{PatchError, Patched, Source};

const DISPOSABLE: &str = "\
internal object Disposable {
    fun destroy(vararg args: Any?) {
        for (arg in args) (arg as? AutoCloseable)?.close()
    }
}

";

pub(super) fn patch(source: &mut Source) -> Patched {
    source.cut("// Interface implemented by anything that can contain", "/** \n * Placeholder object", DISPOSABLE)?;
    source.lines(|line| {
        Ok(match line.strip_prefix("open class ") {
            Some(class) if class.contains(": Disposable, AutoCloseable, ") => {
                let foreign = if class.contains("Impl: ") { "internal " } else { "" };
                format!("{foreign}class {}", class.replacen("Disposable, ", "", 1))
            }
            _ => line.to_owned(),
        })
    })?;
    source.replace(
        "    override fun destroy() {\n        // Only allow a single call to this method.\n        \
         // TODO: maybe we should log a warning if called more than once?\n",
        "    internal fun destroy() {\n        // Only the first call counts.\n",
    )?;
    source.replace(
        "    @Synchronized\n    override fun close() {",
        "    /**\n     * Frees the object. Safe to call twice and from any thread.\n     \
         * A later call of another method throws `Used` with the code `closed`.\n     */\n    \
         @Synchronized\n    override fun close() {",
    )?;
    // A result that holds an object.
    source.replace_any(": Disposable  {", ": AutoCloseable {");
    source.replace_any(
        "    override fun destroy() {\n        when(this)",
        "    /** Frees the objects in this value. */\n    override fun close() {\n        when(this)",
    );
    if source.has(": Disposable") { Err(PatchError::new("`Disposable` of the known form")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_generated_code_is_an_error() {
        assert!(patch(&mut Source::new("class Offer: Disposable\n")).is_err());
    }
}
