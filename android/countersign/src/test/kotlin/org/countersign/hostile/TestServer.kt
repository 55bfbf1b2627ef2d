package org.countersign.hostile

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.countersign.Language
import org.countersign.PendingRequest
import org.countersign.Received
import org.countersign.RenderReport
import org.countersign.Ticket
import org.countersign.scenarios.Enrolled
import org.countersign.scenarios.Phone
import org.countersign.scenarios.enrolAt
import org.countersign.support.ServerProcess

/** One server for all tests of this kind; each test has an account of its own. */
internal object TestServer {
    val process: ServerProcess by lazy {
        ServerProcess.start().also { Runtime.getRuntime().addShutdownHook(Thread(it::close)) }
    }

    private fun question(account: String): JsonObject = Json.parseToJsonElement(
        """{"account":"$account","client":{"id":"shop","name":"ACME Shop"},"scope":"openid",
            "binding":{"mode":"entry","value":"$CODE"},"details":[],"expires_in":300}""",
    ).jsonObject

    suspend fun enrol(phone: Phone, account: String): Enrolled = phone.enrolAt(process, account, account)

    /** Asks, and gives the name of the ask. */
    fun ask(enrolled: Enrolled): String = process.control.ask(question(enrolled.token))

    /** A request that waits on the phone, with the name of its ask. */
    fun request(enrolled: Enrolled): Pair<String, PendingRequest> {
        val ask = ask(enrolled)
        val received = enrolled.phone.device.receive(enrolled.takePush())
        check(received is Received.Request) { "received $received instead of a request" }
        return ask to received.request
    }

    fun outcome(ask: String): String = process.control.outcome(ask).outcome

    /** The value that the other screen shows. */
    const val CODE = "481205"
}

/** Everything drawn. */
internal fun PendingRequest.ticket(): Ticket = review(Language.EN).use { review ->
    review.rendered(RenderReport(review.fields().map { it.id }, shownMs = 1500u))
}
