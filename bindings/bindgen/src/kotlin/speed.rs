//! Makes calls fast. uniffi's Kotlin hands structures to JNA. For each structure JNA allocates
//! native memory that the garbage collector has to find, and copies the fields by reflection. A
//! call crosses with a dozen structures.
//!
//! With this patch structures get their memory in blocks and copy their fields directly, statuses
//! are reused, text is encoded in one step, and callbacks write their results in place.

use crate::source::{PatchError, Patched, Source};

const SLAB: &str = "\
/**
 * Allocates native memory for small structures in blocks. A block is freed with the last structure
 * in it.
 */
internal class UniffiSlab {
    private var block: com.sun.jna.Memory? = null
    private var next = 0L

    private fun take(size: Int): com.sun.jna.Memory {
        val from = block?.takeIf { next + size <= it.size() } ?: com.sun.jna.Memory(1024L).also {
            it.clear()
            block = it
            next = 0L
        }
        val taken = from.share(next, size.toLong()) as com.sun.jna.Memory
        // The next one is aligned for any field.
        next += (size + 15L) and 15L.inv()
        return taken
    }

    companion object {
        private val slabs = ThreadLocal.withInitial { UniffiSlab() }

        fun allocate(size: Int): com.sun.jna.Memory = slabs.get().take(size)
    }
}

";

const BUFFER: &str = "\
    override fun autoAllocate(size: Int): com.sun.jna.Memory = UniffiSlab.allocate(size)

    override fun read() = readFrom(pointer, 0)

    override fun write() = writeTo(pointer, 0)

    // Two members of 64 bits, then an address.
    internal fun readFrom(memory: Pointer, at: Long) {
        capacity = memory.getLong(at)
        len = memory.getLong(at + 8)
        data = memory.getPointer(at + 16)
    }

    internal fun writeTo(memory: Pointer, at: Long) {
        memory.setLong(at, capacity)
        memory.setLong(at + 8, len)
        memory.setPointer(at + 16, data)
    }

";

const STATUS: &str = "
    override fun autoAllocate(size: Int): com.sun.jna.Memory = UniffiSlab.allocate(size)

    override fun read() {
        code = pointer.getByte(0)
        error_buf.readFrom(pointer, uniffiErrorBufAt)
    }

    override fun write() {
        pointer.setByte(0, code)
        error_buf.writeTo(pointer, uniffiErrorBufAt)
    }

    internal fun errorBufAt(): Long = fieldOffset(\"error_buf\").toLong()
";

const IDLE: &str = "\
// The offset of the buffer in a status, which depends on the processor.
private val uniffiErrorBufAt: Long by lazy { UniffiRustCallStatus().errorBufAt() }

// Statuses for reuse. A thread needs one for each call that it is in.
private val uniffiIdleStatus = ThreadLocal.withInitial { kotlin.collections.ArrayDeque<UniffiRustCallStatus>() }

";

const CALL: &str = "\
    val idle = uniffiIdleStatus.get()
    val status = idle.removeLastOrNull() ?: UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    // A status that held an error is not reused.
    idle.addLast(status)
";

pub(super) fn patch(source: &mut Source) -> Patched {
    source.cut(
        "        return Charsets.UTF_8.newEncoder().run {",
        "    }\n\n    override fun lower(value: String)",
        "        // A broken character becomes `?`.\n        return ByteBuffer.wrap(value.toByteArray(Charsets.UTF_8))\n",
    )?;
    let buffer = "internal open class RustBuffer : Structure() {\n";
    source.replace(buffer, &format!("{buffer}{BUFFER}"))?;
    let begin = "/**\n * @suppress\n */\n@Structure.FieldOrder(\"capacity\", \"len\", \"data\")\n";
    source.replace(begin, &format!("{SLAB}{begin}"))?;
    let error = "    @JvmField var error_buf: RustBuffer.ByValue = RustBuffer.ByValue()\n";
    source.replace(error, &format!("{error}{STATUS}"))?;
    source.replace(
        "    var status = UniffiRustCallStatus()\n    val return_value = callback(status)\n    \
         uniffiCheckCallStatus(errorHandler, status)\n",
        CALL,
    )?;
    let call = "// Call a rust function that returns a Result<>.";
    source.replace(call, &format!("{IDLE}{call}"))?;
    write_results_in_place(source)
}

/// Passes a synchronous callback pointers to the places of its result and its status.
fn write_results_in_place(source: &mut Source) -> Patched {
    source.replace("    callStatus: UniffiRustCallStatus,\n", "    callStatus: Pointer,\n")?;
    for code in ["UNIFFI_CALL_ERROR", "UNIFFI_CALL_UNEXPECTED_ERROR"] {
        source.replace(&format!("callStatus.code = {code}\n"), &format!("callStatus.setByte(0, {code})\n"))?;
    }
    for error in ["FfiConverterString.lower(err)", "lowerError(e)"] {
        source.replace(
            &format!("callStatus.error_buf = {error}"),
            &format!("{error}.writeTo(callStatus, uniffiErrorBufAt)"),
        )?;
    }
    source.replace_any("uniffiCallStatus: UniffiRustCallStatus,)", "uniffiCallStatus: Pointer,)");
    source.replace_any("`uniffiOutReturn`: RustBuffer,", "`uniffiOutReturn`: Pointer,");
    source.lines(|line| match line.split_once("uniffiOutReturn.setValue(") {
        Some((before, result)) => match result.strip_suffix(") }") {
            Some(result) => Ok(format!("{before}{result}.writeTo(uniffiOutReturn, 0) }}")),
            None => Err(PatchError::new(format!("callback result of the known form: {line}"))),
        },
        None => Ok(line.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "\
/**
 * @suppress
 */
@Structure.FieldOrder(\"capacity\", \"len\", \"data\")
internal open class RustBuffer : Structure() {
}
internal open class UniffiRustCallStatus : Structure() {
    @JvmField var error_buf: RustBuffer.ByValue = RustBuffer.ByValue()
}
// Call a rust function that returns a Result<>.
    var status = UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    return return_value
    callStatus: UniffiRustCallStatus,
        callStatus.code = UNIFFI_CALL_UNEXPECTED_ERROR
        callStatus.error_buf = FfiConverterString.lower(err)
            callStatus.code = UNIFFI_CALL_ERROR
            callStatus.error_buf = lowerError(e)
        return Charsets.UTF_8.newEncoder().run {
            onMalformedInput(CodingErrorAction.REPORT)
        }
    }

    override fun lower(value: String)
    fun callback(`uniffiHandle`: Long,`uniffiOutReturn`: RustBuffer,uniffiCallStatus: UniffiRustCallStatus,)
            val writeReturn = { value: ByteArray -> uniffiOutReturn.setValue(FfiConverterByteArray.lower(value)) }
";

    #[test]
    fn structures_bypass_jna_reflection() {
        let mut source = Source::new(GENERATED);
        patch(&mut source).unwrap();
        for gone in ["CodingErrorAction", "var status = UniffiRustCallStatus()", "callStatus.code", "`: RustBuffer,"] {
            assert!(!source.has(gone), "{gone}");
        }
        assert!(source.has("fun callback(`uniffiHandle`: Long,`uniffiOutReturn`: Pointer,uniffiCallStatus: Pointer,)"));
        assert!(source.has("lowerError(e).writeTo(callStatus, uniffiErrorBufAt)"));
        assert!(source.has("value: ByteArray -> FfiConverterByteArray.lower(value).writeTo(uniffiOutReturn, 0) }"));
        assert_eq!(source.text.matches("UniffiSlab.allocate(size)").count(), 2);
    }

    #[test]
    fn unknown_generated_code_is_an_error() {
        for part in ["newEncoder()", "RustBuffer : Structure", "var error_buf", "var status", "lowerError(e)"] {
            assert!(patch(&mut Source::new(&GENERATED.replace(part, "other"))).is_err(), "{part}");
        }
    }
}
