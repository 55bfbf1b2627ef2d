package org.countersign.approval

import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.countersign.DenyReason
import org.countersign.FieldHeight
import org.countersign.SessionEvent
import org.countersign.support.text

/** An event script of the approval session. `tests/approval/README.md` describes the format. */
internal class Script private constructor(
    /** The name of the file without its extension. */
    val name: String,
    /** The text of the file. */
    val text: String,
) {
    private val document = Json.parseToJsonElement(text).jsonObject

    /** True if the app can scan a code. */
    val canScan: Boolean = document.getValue("can_scan").jsonPrimitive.boolean

    /** The calls, in order. */
    val steps: List<Step> = document.getValue("steps").jsonArray.map { Step(it.jsonObject) }

    init {
        check(document.text("name") == name) { "the script names itself ${document.text("name")}" }
    }

    companion object {
        private const val DEFAULT_FOLDER = "../../tests/approval"

        /** Reads all scripts in the folder in `COUNTERSIGN_APPROVAL`, by default in `tests/approval`. */
        fun all(): List<Script> {
            val folder = File(System.getenv("COUNTERSIGN_APPROVAL") ?: DEFAULT_FOLDER)
            val files = checkNotNull(folder.listFiles { file -> file.extension == "json" }) { "no folder $folder" }
            return files.sorted().map { Script(it.nameWithoutExtension, it.readText()) }
        }
    }
}

/** One call of a script with its expectations. */
internal class Step(private val document: JsonObject) {
    /** The call of the session. */
    val call: String = document.text("call")

    /** The time of the call, in milliseconds. */
    val atMs: ULong get() = document.getValue("at_ms").jsonPrimitive.long.toULong()

    /** The binding value, or null to clear it. */
    val value: String? get() = document.getValue("value").jsonPrimitive.contentOrNull

    /** True if the user cancels the prompt. */
    val cancelsPrompt: Boolean
        get() = when (val prompt = document.text("prompt")) {
            "verified" -> false
            "cancelled" -> true
            else -> error("unknown prompt $prompt")
        }

    /** The reason of a denial. */
    val reason: DenyReason get() = DenyReason.valueOf(document.text("reason").uppercase())

    private val expect = document["expect"]?.jsonObject ?: JsonObject(emptyMap())

    init {
        val unknown = expect.keys - STATE - setOf("error", "decision")
        check(unknown.isEmpty()) { "unknown expectations $unknown" }
    }

    /** The expected error code, or null. */
    val error: String? = expect["error"]?.jsonPrimitive?.content

    /** The expected decision, or null. */
    val decision: JsonObject? = expect["decision"]?.jsonObject

    /** The expected members of the state. */
    val state: Map<String, JsonElement> = expect.filterKeys { it in STATE }

    /** Returns the events for a display with these fields. The field `*` stands for all of them. */
    fun events(fields: List<String>): List<SessionEvent> =
        document.getValue("events").jsonArray.flatMap { events(it.jsonObject, fields) }

    private fun events(event: JsonObject, fields: List<String>): List<SessionEvent> {
        fun on() = event.getValue("on").jsonPrimitive.boolean
        fun number(name: String) = event.getValue(name).jsonPrimitive.double
        return when (val type = event.text("type")) {
            "layout" -> listOf(SessionEvent.Layout(heights(event.getValue("heights").jsonObject, fields)))
            "visible" -> event.text("field").let { if (it == ALL) fields else listOf(it) }
                .map { SessionEvent.Visible(it, number("height"), number("top"), number("bottom")) }
            "foreground" -> listOf(SessionEvent.Foreground(on()))
            "covered" -> listOf(SessionEvent.Covered(on()))
            "shared" -> listOf(SessionEvent.Shared(on()))
            "call" -> listOf(SessionEvent.Call(on()))
            else -> error("unknown event $type")
        }
    }

    private fun heights(heights: JsonObject, fields: List<String>): List<FieldHeight> =
        heights.flatMap { (name, height) ->
            (if (name == ALL) fields - heights.keys else listOf(name))
                .map { FieldHeight(it, height.jsonPrimitive.double) }
        }

    companion object {
        /** The name that stands for all fields. */
        const val ALL = "*"
        private val STATE =
            setOf("missing", "remaining_ms", "obstacle", "approval_allowed", "call_warning", "shown_ms")
    }
}
