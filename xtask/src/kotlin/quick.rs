//! What makes a call quick. uniffi's Kotlin hands structures to JNA, and JNA does for each what it does for any: it allocates native
//! memory that the garbage collector is to find, and goes through its fields by reflection. A call crosses with a dozen of them.

use super::Source;

/// Where structures get their native memory, several out of one allocation; it is freed when none of them is left.
const SLAB: &str = "\
/** Native memory for small structures: many out of one allocation, which is free again when none of them is left. */
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
// Where the buffer of a status begins: that depends on the machine.
private val uniffiErrorBufAt: Long by lazy { UniffiRustCallStatus().errorBufAt() }

// What calls write their status into, for use again: one for each call that a thread is in the middle of.
private val uniffiIdleStatus = ThreadLocal.withInitial { kotlin.collections.ArrayDeque<UniffiRustCallStatus>() }

";

const CALL: &str = "\
    val idle = uniffiIdleStatus.get()
    val status = idle.removeLastOrNull() ?: UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    // Only one that held no error is used again.
    idle.addLast(status)
";

impl Source {
    /// Structures get their memory in bulk and are read and written field by field, statuses are used again, text is encoded in
    /// one step, and callbacks write what they answer where it belongs.
    pub(super) fn be_quick(&mut self) -> Result<(), String> {
        self.cut(
            "        return Charsets.UTF_8.newEncoder().run {",
            "    }\n\n    override fun lower(value: String)",
            "        // A broken character becomes `?`.\n        return ByteBuffer.wrap(value.toByteArray(Charsets.UTF_8))\n",
        )?;
        let buffer = "internal open class RustBuffer : Structure() {\n";
        self.replace(buffer, &format!("{buffer}{BUFFER}"))?;
        let begin = "/**\n * @suppress\n */\n@Structure.FieldOrder(\"capacity\", \"len\", \"data\")\n";
        self.replace(begin, &format!("{SLAB}{begin}"))?;
        let error = "    @JvmField var error_buf: RustBuffer.ByValue = RustBuffer.ByValue()\n";
        self.replace(error, &format!("{error}{STATUS}"))?;
        self.replace(
            "    var status = UniffiRustCallStatus()\n    val return_value = callback(status)\n    \
             uniffiCheckCallStatus(errorHandler, status)\n",
            CALL,
        )?;
        let call = "// Call a rust function that returns a Result<>.";
        self.replace(call, &format!("{IDLE}{call}"))?;
        self.answer_in_place()
    }

    /// A synchronous callback gets pointers to where its result and its status belong.
    fn answer_in_place(&mut self) -> Result<(), String> {
        self.replace("    callStatus: UniffiRustCallStatus,\n", "    callStatus: Pointer,\n")?;
        for code in ["UNIFFI_CALL_ERROR", "UNIFFI_CALL_UNEXPECTED_ERROR"] {
            self.replace(&format!("callStatus.code = {code}\n"), &format!("callStatus.setByte(0, {code})\n"))?;
        }
        for error in ["FfiConverterString.lower(err)", "lowerError(e)"] {
            self.replace(
                &format!("callStatus.error_buf = {error}"),
                &format!("{error}.writeTo(callStatus, uniffiErrorBufAt)"),
            )?;
        }
        self.replace_any("uniffiCallStatus: UniffiRustCallStatus,)", "uniffiCallStatus: Pointer,)");
        self.replace_any("`uniffiOutReturn`: RustBuffer,", "`uniffiOutReturn`: Pointer,");
        let lines = self.text.lines().map(|line| match line.split_once("uniffiOutReturn.setValue(") {
            Some((before, answer)) => match answer.strip_suffix(") }") {
                Some(answer) => Ok(format!("{before}{answer}.writeTo(uniffiOutReturn, 0) }}")),
                None => Err(format!("the generated Kotlin answers a callback in another form: {line}")),
            },
            None => Ok(line.to_owned()),
        });
        self.text = lines.collect::<Result<Vec<_>, _>>()?.join("\n") + "\n";
        Ok(())
    }
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
    fn structures_are_no_longer_jnas_business() {
        let mut source = Source { text: GENERATED.to_owned() };
        source.be_quick().unwrap();
        for gone in ["CodingErrorAction", "var status = UniffiRustCallStatus()", "callStatus.code", "`: RustBuffer,"] {
            assert!(!source.has(gone), "{gone}");
        }
        assert!(source.has("fun callback(`uniffiHandle`: Long,`uniffiOutReturn`: Pointer,uniffiCallStatus: Pointer,)"));
        assert!(source.has("lowerError(e).writeTo(callStatus, uniffiErrorBufAt)"));
        assert!(source.has("value: ByteArray -> FfiConverterByteArray.lower(value).writeTo(uniffiOutReturn, 0) }"));
        assert_eq!(source.text.matches("UniffiSlab.allocate(size)").count(), 2);
    }

    #[test]
    fn another_generator_is_noticed() {
        for part in ["newEncoder()", "RustBuffer : Structure", "var error_buf", "var status", "lowerError(e)"] {
            assert!(Source { text: GENERATED.replace(part, "other") }.be_quick().is_err(), "{part}");
        }
    }
}
