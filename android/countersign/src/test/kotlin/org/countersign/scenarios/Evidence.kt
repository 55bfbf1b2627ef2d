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
    expect<String?>(null, enrolled.enrolment.evidence(), "evidence of no answers")
    val asked = enrolled.receiveRequest(data)
    val txn = asked.txn
    expect<String?>(null, device.evidence(txn), "evidence of no answer")
    enrolled.approveAndCheck(asked, data)
    expect(data.expect("result"), device.deny(enrolled.receiveRequest(data).txn, DenyReason.NOT_ME).word(), "deny")

    val file = checkNotNull(enrolled.enrolment.evidence()) { "no evidence of the enrolment" }
    val all = verified(file)
    expect(true to listOf("approve", "deny"), all.good to all.records("answer"), "evidence of the enrolment")
    expect(listOf("true", "true"), all.records("counts"), "what counts")
    expect(txn, all.records("txn").first(), "the first one")

    val one = verified(checkNotNull(device.evidence(txn)) { "no evidence of the request" })
    expect(true to listOf(txn), one.good to one.records("txn"), "evidence of the request")

    check(data.expect("place") in file) { "no ${data.expect("place")} in the evidence" }
    expect(false, verified(file.replace(data.expect("place"), data.expect("other_place"))).good, "changed evidence")
}

/** What `countersign verify-evidence` made of a file. */
private class Verified(exitCode: Int, private val document: JsonObject) {
    val good: Boolean = document.getValue("ok").jsonPrimitive.boolean.also {
        check(it == (exitCode == 0)) { "exit code $exitCode with ok $it" }
    }

    fun records(member: String): List<String> =
        document.getValue("records").jsonArray.map { it.jsonObject.getValue(member).jsonPrimitive.content }
}

private fun verified(file: String): Verified {
    val program = checkNotNull(System.getenv("COUNTERSIGN_BIN")) { "COUNTERSIGN_BIN names no countersign program" }
    val process = ProcessBuilder(program, "verify-evidence", "-", "--json")
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
    process.outputStream.use { it.write(file.toByteArray()) }
    val document = Json.parseToJsonElement(process.inputStream.bufferedReader().readText()).jsonObject
    check(process.waitFor(30, TimeUnit.SECONDS)) { "verify-evidence hangs" }
    return Verified(process.exitValue(), document)
}
