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

/** The data of one scenario, which every language shares. */
internal class Data private constructor(
    /** The name of the scenario. */
    val name: String,
    private val document: JsonObject,
) {
    /** What the shop asks. */
    val ask: JsonObject get() = document.getValue("ask").jsonObject

    /** Ids of the fields in order, each with its value if that is always the same. */
    val fields: List<Pair<String, String?>> = document["fields"]?.jsonArray.orEmpty().map {
        it.jsonObject.text("id") to it.jsonObject["value"]?.jsonPrimitive?.content
    }

    /** What the user types. */
    val typed: String? = document["typed"]?.jsonPrimitive?.content

    /** How far time passes. */
    val shiftSeconds: Long get() = document.getValue("shift_seconds").jsonPrimitive.long

    /** A result that must come. */
    fun expect(name: String): String {
        val value = document.getValue("expect").jsonObject.getValue(name)
        return (value as JsonPrimitive).content
    }

    companion object {
        /** Reads the data of this scenario from the folder that `COUNTERSIGN_SCENARIOS` names. */
        fun read(name: String): Data {
            val folder = checkNotNull(System.getenv("COUNTERSIGN_SCENARIOS")) { "COUNTERSIGN_SCENARIOS names no folder" }
            return Data(name, Json.parseToJsonElement(File(folder, "$name.json").readText()).jsonObject)
        }
    }
}
