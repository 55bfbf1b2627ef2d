//! The generated Kotlin as an app developer sees it. uniffi's Kotlin is right in what it does for a caller that does everything
//! right; this mends what it shows (its own plumbing as public names) and what happens otherwise:
//! - a closed object given as an argument is a freed pointer in Rust: here it is the error `Used` with the code `closed`;
//! - an `Error` thrown by a callback counts as success, or leaves the caller waiting for ever: here it is a failed callback;
//! - text that is no Unicode throws out of the middle of a call: here its broken characters become `?`, which Rust refuses;
//! - a library of another build is called all the same: here it is compared first;
//! - it is slow: `quick` says why, and mends it.

mod quick;

/// Values that are nobody's business in a log: the record, and what its `toString` shows.
const SECRETIVE: [(&str, &str); 6] = [
    ("PushAddress", "PushAddress(kind=$kind)"),
    ("EnrolmentInfo", "EnrolmentInfo(id=$id, issuer=$issuer, state=$state)"),
    ("Field", "Field(id=$id)"),
    ("Header", "Header(name=$name)"),
    ("HttpRequest", "HttpRequest(method=$method, url=$url)"),
    ("HttpResponse", "HttpResponse(status=$status, body of ${body.size} bytes)"),
];

/// Mends a generated file. Fails where it is not of the form that this knows: then uniffi has changed, and each mend must be
/// looked at.
pub(crate) fn polish(generated: &str) -> Result<String, String> {
    let mut source = Source { text: generated.to_owned() };
    source.hide_plumbing()?;
    source.close_like_everything_else()?;
    source.refuse_closed_arguments()?;
    source.catch_everything()?;
    source.be_quick()?;
    source.replace(
        "    init {\n        Native.register(UniffiLib::class",
        "    init {\n        IntegrityCheckingUniffiLib.ensureInitialized()\n        Native.register(UniffiLib::class",
    )?;
    if source.has("sealed class AuthenticatorException") {
        source.type_errors()?;
        for (record, shown) in SECRETIVE {
            source.show_only(record, shown)?;
        }
    }
    Ok(source.text)
}

struct Source {
    text: String,
}

impl Source {
    fn has(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// Replaces every occurrence, of which there must be one.
    fn replace(&mut self, from: &str, to: &str) -> Result<(), String> {
        if !self.has(from) {
            return Err(format!("the generated Kotlin has no `{}`", from.trim()));
        }
        self.text = self.text.replace(from, to);
        Ok(())
    }

    /// Replaces every occurrence, if there is any.
    fn replace_any(&mut self, from: &str, to: &str) {
        self.text = self.text.replace(from, to);
    }

    /// Replaces from the first `begin` up to the next `end`, which stays.
    fn cut(&mut self, begin: &str, end: &str, with: &str) -> Result<(), String> {
        let missing = || format!("the generated Kotlin has no `{begin}` before `{end}`");
        let (before, rest) = self.text.split_once(begin).ok_or_else(missing)?;
        let (_, after) = rest.split_once(end).ok_or_else(missing)?;
        self.text = format!("{before}{with}{end}{after}");
        Ok(())
    }

    /// What only the generated code itself uses is `internal`.
    fn hide_plumbing(&mut self) -> Result<(), String> {
        self.cut("// This file was", "\n\n@file:", "// Made by `cargo xtask bindings`; changes here are lost.")?;
        for name in [
            "open class RustBuffer :",
            "class InternalException(",
            "interface UniffiRustCallStatusErrorHandler<",
            "object UniffiNullRustCallStatusErrorHandler:",
            "object UniffiWithHandle",
            "object NoHandle",
            "interface UniffiCleaner {",
        ] {
            self.replace(&format!("\n{name}"), &format!("\ninternal {name}"))?;
        }
        for name in [
            "interface FfiConverter<",
            "interface FfiConverterRustBuffer<",
            "object FfiConverter",
            "fun uniffiEnsureInitialized(",
        ] {
            self.replace(&format!("\npublic {name}"), &format!("\ninternal {name}"))?;
        }
        for name in ["abstract class FfiConverterCallbackInterface<", "fun uniffiForeignFutureHandleCount("] {
            self.replace_any(&format!("\npublic {name}"), &format!("\ninternal {name}"));
        }
        self.replace("    companion object ErrorHandler :", "    internal companion object ErrorHandler :")?;
        for constructor in ["constructor(withHandle: UniffiWithHandle", "constructor(noHandle: NoHandle"] {
            self.replace(&format!("    {constructor}"), &format!("    internal {constructor}"))?;
        }
        self.replace("    protected val handle: Long", "    private val handle: Long")?;
        self.replace("    protected val cleanable: UniffiCleaner", "    private val cleanable: UniffiCleaner")?;
        self.replace("    val uniffiIsDestroyed: Boolean", "    internal val uniffiIsDestroyed: Boolean")?;
        self.replace("    fun uniffiCloneHandle(): Long", "    internal fun uniffiCloneHandle(): Long")?;
        self.drop_companions();
        Ok(())
    }

    /// Empty companion objects go, each with the comment that kept it out of the documents.
    fn drop_companions(&mut self) {
        let mut lines: Vec<&str> = Vec::new();
        for line in self.text.lines() {
            let used =
                lines.iter().rev().find(|line| !line.is_empty()).is_some_and(|line| line.contains("UniffiCleaner"));
            if line.trim() != "companion object" || used {
                lines.push(line);
            } else if lines.ends_with(&["    /**", "     * @suppress", "     */"]) {
                lines.truncate(lines.len().saturating_sub(3));
            }
        }
        self.text = lines.join("\n") + "\n";
    }

    /// Objects are `AutoCloseable` and nothing else.
    fn close_like_everything_else(&mut self) -> Result<(), String> {
        let destroy = "internal object Disposable {\n    fun destroy(vararg args: Any?) {\n        for (arg in args) (arg as? AutoCloseable)?.close()\n    }\n}\n\n";
        self.cut("// Interface implemented by anything that can contain", "/** \n * Placeholder object", destroy)?;
        let lines: Vec<String> = self
            .text
            .lines()
            .map(|line| match line.strip_prefix("open class ") {
                Some(class) if class.contains(": Disposable, AutoCloseable, ") => {
                    let foreign = if class.contains("Impl: ") { "internal " } else { "" };
                    format!("{foreign}class {}", class.replacen("Disposable, ", "", 1))
                }
                _ => line.to_owned(),
            })
            .collect();
        self.text = lines.join("\n") + "\n";
        self.replace("    override fun destroy() {\n        // Only allow a single call to this method.\n        // TODO: maybe we should log a warning if called more than once?\n", "    internal fun destroy() {\n        // Only the first call counts.\n")?;
        self.replace("    @Synchronized\n    override fun close() {", "    /** Frees it; safe to call twice and from any thread. A later call of it is the error `Used` with the code `closed`. */\n    @Synchronized\n    override fun close() {")?;
        // A result that holds an object.
        self.replace_any(": Disposable  {", ": AutoCloseable {");
        self.replace_any(
            "    override fun destroy() {\n        when(this)",
            "    /** Frees what it holds. */\n    override fun close() {\n        when(this)",
        );
        if self.has(": Disposable") {
            Err("the generated Kotlin has a `Disposable` of another form".into())
        } else {
            Ok(())
        }
    }

    /// A closed object is noticed before anything of the call has crossed over.
    fn refuse_closed_arguments(&mut self) -> Result<(), String> {
        self.replace("return value.uniffiCloneHandle()", "return value.callWithHandle { it }")?;
        let objects: Vec<String> = self
            .text
            .lines()
            .filter_map(|line| {
                let (class, _) = line.strip_prefix("class ")?.split_once(": AutoCloseable, ")?;
                Some(class.to_owned())
            })
            .collect();
        let mut lines = Vec::new();
        for line in self.text.lines() {
            lines.push(line.to_owned());
            let Some((_, arguments)) = line.split_once(" fun `").and_then(|(_, rest)| rest.split_once("`(")) else {
                continue;
            };
            for object in &objects {
                for (kind, call) in [(format!("`: {object}"), "."), (format!("`: {object}?"), "?.")] {
                    for argument in arguments
                        .split(", ")
                        .filter_map(|argument| argument.split(')').next()?.split(" = ").next()?.strip_suffix(&kind))
                    {
                        if line.ends_with('{') {
                            lines.push(format!("        {argument}`{call}uniffiCheckOpen()"));
                        } else if !line.starts_with("    fun ") && !line.starts_with("    suspend fun ") {
                            return Err(format!("the generated Kotlin has a function of another form: {line}"));
                        }
                    }
                }
            }
        }
        self.text = lines.join("\n") + "\n";
        self.replace("    internal inline fun <R> callWithHandle(", "    internal fun uniffiCheckOpen() {\n        if (wasDestroyed.get()) throw IllegalStateException(\"${this.javaClass.simpleName} object has already been destroyed\")\n    }\n\n    internal inline fun <R> callWithHandle(")
    }

    /// Whatever a callback throws, and whatever it answers that cannot be carried over, is its failure.
    fn catch_everything(&mut self) -> Result<(), String> {
        self.replace_any("try { e.stackTraceToString() } catch(_: Throwable) { \"\" }", "e.toString()");
        self.replace("} catch(e: kotlin.Exception) {", "} catch(e: Throwable) {")?;
        self.replace_any(
            "        handleSuccess(callResult)\n",
            "        try {\n            handleSuccess(callResult)\n        } catch(e: Throwable) {\n            handleError(UniffiRustCallStatus.create(UNIFFI_CALL_UNEXPECTED_ERROR, FfiConverterString.lower(e.toString())))\n        }\n",
        );
        Ok(())
    }

    /// Gives `AuthenticatorException` the member `reason` and makes every error of the library one of its family.
    fn type_errors(&mut self) -> Result<(), String> {
        let (class, converter) = (
            "sealed class AuthenticatorException: kotlin.Exception() {\n",
            "internal object FfiConverterTypeAuthenticatorError",
        );
        let missing = || "the generated Kotlin has no AuthenticatorException of the known form".to_owned();
        let (before, rest) = self.text.split_once(class).ok_or_else(missing)?;
        let (body, after) = rest.split_once(converter).ok_or_else(missing)?;
        let members =
            "    /** What happened and what to do, in English, for developers. */\n    abstract val reason: String\n";
        let body = body.replace("        val `reason`:", "        override val `reason`:");
        self.text = format!("{before}{class}{members}{body}{converter}{after}");
        self.replace(
            "throw IllegalStateException(\"${this.javaClass.simpleName} object has already been destroyed\")",
            "throw AuthenticatorException.Used(UsedReason.CLOSED, \"this ${javaClass.simpleName} was closed\")",
        )?;
        self.replace(
            "throw InternalException(FfiConverterString.lift(status.error_buf))",
            "throw AuthenticatorException.Internal(InternalReason.PANIC, FfiConverterString.lift(status.error_buf))",
        )?;
        self.replace(
            "throw InternalException(\"Rust panic\")",
            "throw AuthenticatorException.Internal(InternalReason.PANIC, \"a bug in the library\")",
        )
    }

    /// Gives a record a `toString` that can stand in a log.
    fn show_only(&mut self, record: &str, shown: &str) -> Result<(), String> {
        let missing = || format!("the generated Kotlin has no record {record}");
        let (before, rest) = self.text.split_once(&format!("\ndata class {record} (")).ok_or_else(missing)?;
        let (fields, after) = rest.split_once("\n){").ok_or_else(missing)?;
        let to_string = format!(
            "\n    /** Without what is nobody's business in a log. */\n    override fun toString(): String = \"{shown}\"\n"
        );
        self.text = format!("{before}\ndata class {record} ({fields}\n){{{to_string}{after}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { text: text.to_owned() }
    }

    #[test]
    fn another_generator_is_noticed() {
        assert!(polish("package org.countersign\n").is_err());
        assert!(source("data class Other (\n){\n").show_only("PushAddress", "").is_err());
        assert!(source("class Offer: Disposable\n").close_like_everything_else().is_err());
    }

    #[test]
    fn a_record_shows_what_it_is_told() {
        let mut record = source("\ndata class PushAddress (\n    val `token`: kotlin.String\n){\n}\n");
        record.show_only("PushAddress", "PushAddress(kind=$kind)").unwrap();
        assert!(
            record.has("\n){\n    /** Without what is nobody's business in a log. */\n    override fun toString()")
        );
        assert!(record.has("= \"PushAddress(kind=$kind)\"\n\n}\n"));
    }

    #[test]
    fn every_argument_that_is_an_object_is_checked_first() {
        let mut source = source(
            "class Offer: AutoCloseable, OfferInterface\nclass Authenticator: AutoCloseable, AuthenticatorInterface\n\
             return value.uniffiCloneHandle()\n    internal inline fun <R> callWithHandle(\n\
             \x20   suspend fun `enrol`(`offer`: Offer, `name`: kotlin.String): Unit\n\
             \x20   override suspend fun `enrol`(`offer`: Offer, `other`: Offer?, `name`: kotlin.String) {\n",
        );
        source.refuse_closed_arguments().unwrap();
        assert!(
            source.has(
                "`name`: kotlin.String) {\n        `offer`.uniffiCheckOpen()\n        `other`?.uniffiCheckOpen()\n"
            )
        );
        assert_eq!(source.text.matches("`.uniffiCheckOpen()").count(), 1);
        assert!(source.has("return value.callWithHandle { it }"));
    }

    #[test]
    fn companions_go_but_the_one_that_is_used() {
        let mut source = source(
            "interface UniffiCleaner {\n    fun register(): UniffiCleaner.Cleanable\n\n    companion object\n}\n\
             class A {\n    /**\n     * @suppress\n     */\n    companion object\n}\n",
        );
        source.drop_companions();
        assert_eq!(
            source.text,
            "interface UniffiCleaner {\n    fun register(): UniffiCleaner.Cleanable\n\n    companion object\n}\nclass A {\n}\n"
        );
    }
}
