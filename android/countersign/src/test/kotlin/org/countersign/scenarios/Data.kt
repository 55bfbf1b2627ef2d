package org.countersign.scenarios

import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.countersign.support.text

/** The data of one scenario. All languages use the same files. */
internal class Data private constructor(
    /** The name of the scenario. */
    val name: String,
    private val document: JsonObject,
) {
    /** The body of the approval request. */
    val approvalRequest: JsonObject get() = document.getValue("approval_request").jsonObject

    /** The ids of the fields in order, each with its value if the value is constant. */
    val fields: List<Pair<String, String?>> = document["fields"]?.jsonArray.orEmpty().map {
        it.jsonObject.text("id") to it.jsonObject["value"]?.jsonPrimitive?.content
    }

    /** The binding value that the user types, or null. */
    val typed: String? = document["typed"]?.jsonPrimitive?.content

    /** The time that passes, in seconds. */
    val shiftSeconds: Long get() = document.getValue("shift_seconds").jsonPrimitive.long

    /** Returns the expected result of this name. */
    fun expect(name: String): String {
        val value = document.getValue("expect").jsonObject.getValue(name)
        return (value as JsonPrimitive).content
    }

    companion object {
        /** Reads the data of a scenario from the folder in `COUNTERSIGN_SCENARIOS`. */
        fun read(name: String): Data {
            val folder = checkNotNull(System.getenv("COUNTERSIGN_SCENARIOS")) {
                "set COUNTERSIGN_SCENARIOS to the folder of the scenarios"
            }
            return Data(name, Json.parseToJsonElement(File(folder, "$name.json").readText()).jsonObject)
        }
    }
}
