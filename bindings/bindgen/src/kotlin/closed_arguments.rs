//! Checks every object argument before the call crosses into Rust. uniffi passes the freed handle
//! of a closed object; with this patch the call throws `Used` with the code `closed`.

use crate::source::{PatchError, Patched, Source};

const CHECK: &str = "    internal fun uniffiCheckOpen() {
        if (wasDestroyed.get()) throw IllegalStateException(\"${this.javaClass.simpleName} object has already been destroyed\")
    }

";

pub(super) fn patch(source: &mut Source) -> Patched {
    source.replace("return value.uniffiCloneHandle()", "return value.callWithHandle { it }")?;
    let class = |line: &str| Some(line.strip_prefix("class ")?.split_once(": AutoCloseable, ")?.0.to_owned());
    let objects: Vec<String> = source.text.lines().filter_map(class).collect();
    source.lines(|line| {
        let Some((_, arguments)) = line.split_once(" fun `").and_then(|(_, rest)| rest.split_once("`(")) else {
            return Ok(line.to_owned());
        };
        let mut lines = vec![line.to_owned()];
        for object in &objects {
            for (kind, call) in [(format!("`: {object}"), "."), (format!("`: {object}?"), "?.")] {
                let of_kind = |argument: &str| {
                    let declared = argument.split(')').next()?.split(" = ").next()?;
                    declared.strip_suffix(&kind).map(str::to_owned)
                };
                for argument in arguments.split(", ").filter_map(of_kind) {
                    if line.ends_with('{') {
                        lines.push(format!("        {argument}`{call}uniffiCheckOpen()"));
                    } else if !line.starts_with("    fun ") && !line.starts_with("    suspend fun ") {
                        return Err(PatchError::new(format!("function of the known form: {line}")));
                    }
                }
            }
        }
        Ok(lines.join("\n"))
    })?;
    let call = "    internal inline fun <R> callWithHandle(";
    source.replace(call, &format!("{CHECK}{call}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_argument_is_checked_first() {
        let mut source = Source::new(
            "class Offer: AutoCloseable, OfferInterface\nclass Authenticator: AutoCloseable, AuthenticatorInterface\n\
             return value.uniffiCloneHandle()\n    internal inline fun <R> callWithHandle(\n\
             \x20   suspend fun `enrol`(`offer`: Offer, `name`: kotlin.String): Unit\n\
             \x20   override suspend fun `enrol`(`offer`: Offer, `other`: Offer?, `name`: kotlin.String) {\n",
        );
        patch(&mut source).unwrap();
        assert!(
            source.has(
                "`name`: kotlin.String) {\n        `offer`.uniffiCheckOpen()\n        `other`?.uniffiCheckOpen()\n"
            )
        );
        assert_eq!(source.text.matches("`.uniffiCheckOpen()").count(), 1);
        assert!(source.has("return value.callWithHandle { it }"));
    }
}
