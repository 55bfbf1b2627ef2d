package org.countersign.hostile

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.countersign.Language
import org.countersign.PendingRequest
import org.countersign.Received
import org.countersign.Ticket
import org.countersign.scenarios.Enrolled
import org.countersign.scenarios.Phone
import org.countersign.scenarios.allDrawn
import org.countersign.scenarios.enrolAt
import org.countersign.support.ServerProcess

/** The server of all tests in this package. Each test uses its own account. */
internal object TestServer {
    val process: ServerProcess by lazy {
        ServerProcess.start().also { Runtime.getRuntime().addShutdownHook(Thread(it::close)) }
    }

    private fun body(account: String): JsonObject = Json.parseToJsonElement(
        """{"account":"$account","client":{"id":"shop","name":"ACME Shop"},"scope":"openid",
            "binding":{"mode":"entry","value":"$CODE"},"details":[],"expires_in":300}""",
    ).jsonObject

    suspend fun enrol(phone: Phone, account: String): Enrolled = phone.enrolAt(process, account, account)

    /** Creates an approval request and returns its identifier. */
    fun approvalRequest(enrolled: Enrolled): String = process.control.approvalRequest(body(enrolled.token))

    /**
     * Creates an approval request, receives it on the phone, and returns its identifier and the
     * request.
     */
    fun request(enrolled: Enrolled): Pair<String, PendingRequest> {
        val approvalRequest = approvalRequest(enrolled)
        val received = enrolled.phone.device.receive(enrolled.takePush())
        check(received is Received.Request) { "received $received instead of a request" }
        return approvalRequest to received.request
    }

    fun outcome(approvalRequest: String): String = process.control.outcome(approvalRequest).outcome

    /** The binding value on the other screen. */
    const val CODE = "481205"
}

/** Returns a ticket after a report that every field was visible. */
internal fun PendingRequest.ticket(): Ticket = review(Language.EN).use { review ->
    review.rendered(review.allDrawn())
}
