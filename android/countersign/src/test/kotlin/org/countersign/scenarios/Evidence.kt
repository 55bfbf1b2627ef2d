package org.countersign.scenarios

import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.countersign.DenyReason

internal suspend fun Run.evidence(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    expect<String?>(null, enrolled.enrolment.evidence(), "evidence before a decision")
    val received = enrolled.receiveRequest(data)
    val txn = received.txn
    expect<String?>(null, device.evidence(txn), "evidence of the request before its decision")
    enrolled.approveAndCheck(received, data)
    val denied = device.deny(enrolled.receiveRequest(data).txn, DenyReason.NOT_ME)
    expect(data.expect("result"), denied.wireName(), "deny")

    val file = checkNotNull(enrolled.enrolment.evidence()) { "the enrolment has no evidence" }
    val all = verified(file)
    expect(true to listOf("approve", "deny"), all.good to all.records("decision"), "evidence of the enrolment")
    expect(listOf("true", "true"), all.records("counts"), "accepted decisions")
    expect(txn, all.records("txn").first(), "first request")

    val one = verified(checkNotNull(device.evidence(txn)) { "the request has no evidence" })
    expect(true to listOf(txn), one.good to one.records("txn"), "evidence of the request")

    check(data.expect("place") in file) { "the evidence does not contain ${data.expect("place")}" }
    val changed = file.replace(data.expect("place"), data.expect("other_place"))
    expect(false, verified(changed).good, "changed evidence")
}

/** The result of `countersign verify-evidence` for a file. */
private class Verified(exitCode: Int, private val document: JsonObject) {
    val good: Boolean = document.getValue("ok").jsonPrimitive.boolean.also {
        check(it == (exitCode == 0)) { "exit code $exitCode with ok $it" }
    }

    fun records(member: String): List<String> =
        document.getValue("records").jsonArray.map { it.jsonObject.getValue(member).jsonPrimitive.content }
}

private fun verified(file: String): Verified {
    val program = checkNotNull(System.getenv("COUNTERSIGN_BIN")) {
        "set COUNTERSIGN_BIN to the countersign program"
    }
    val process = ProcessBuilder(program, "verify-evidence", "-", "--json")
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
    process.outputStream.use { it.write(file.toByteArray()) }
    val document = Json.parseToJsonElement(process.inputStream.bufferedReader().readText()).jsonObject
    check(process.waitFor(30, TimeUnit.SECONDS)) { "verify-evidence did not end within 30 seconds" }
    return Verified(process.exitValue(), document)
}
