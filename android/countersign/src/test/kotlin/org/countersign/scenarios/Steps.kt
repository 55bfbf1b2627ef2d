package org.countersign.scenarios

import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.HistoryEntry
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PendingRequest
import org.countersign.Received
import org.countersign.Refreshed
import org.countersign.RenderReport
import org.countersign.Review
import org.countersign.Ticket
import org.countersign.errorCode
import org.countersign.support.ControlApi

/** Fails unless both values are equal. */
internal fun <T> expect(wanted: T, found: T, what: String) {
    check(wanted == found) { "$what: $found instead of $wanted" }
}

/**
 * Returns the code of an error in the form of the scenario files: for a server error the server's
 * own code.
 */
internal fun scenarioCode(error: AuthenticatorException): String =
    if (error is AuthenticatorException.Server) error.code else errorCode(error)

/** Fails unless the call throws an error with this code. */
internal inline fun expectError(code: String, what: String, call: () -> Unit) {
    try {
        call()
    } catch (error: AuthenticatorException) {
        expect(code, scenarioCode(error), "$what, error")
        return
    }
    throw IllegalStateException("$what: no error instead of $code")
}

/** A request on the phone and the approval request that it belongs to. */
internal class ReceivedRequest(
    val approvalRequest: String,
    val push: Map<String, String>,
    val request: PendingRequest,
) {
    val txn: String get() = request.txn()
}

/** Creates an approval request and receives it through its push. */
internal fun Enrolled.receiveRequest(data: Data): ReceivedRequest {
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val push = takePush()
    val received = phone.device.receive(push)
    check(received is Received.Request) { "received $received instead of a request" }
    return ReceivedRequest(approvalRequest, push, received.request)
}

/** Reviews the request and compares its fields with the scenario. */
internal fun PendingRequest.reviewAndCheck(data: Data): Review {
    val review = review(Language.EN)
    val fields = review.fields()
    expect(data.fields.map { it.first }, fields.map { it.id }, "ids of the fields")
    for ((field, wanted) in fields zip data.fields) {
        wanted.second?.let { expect(it, field.value, "field ${field.id}") }
    }
    return review
}

/** Returns a report that every field was visible. */
internal fun Review.allDrawn() =
    RenderReport(fields().map { it.id }, 1000u, obscured = false, shared = false, callActive = false)

internal fun PendingRequest.renderAll(data: Data): Ticket {
    val review = reviewAndCheck(data)
    return review.rendered(review.allDrawn())
}

internal suspend fun PendingRequest.approve(data: Data): String = renderAll(data).approve(data.typed).wireName()

/** Returns the result in the form of the scenario files. */
internal fun Outcome.wireName(): String = when (this) {
    is Outcome.Confirmed -> "confirmed"
    is Outcome.Queued -> "queued"
    is Outcome.Unconfirmed -> "unconfirmed"
    is Outcome.Failed -> "failed ${outcome.name.lowercase()}"
}

internal fun ControlApi.expectOutcome(wanted: String, approvalRequest: String, reason: String? = null) {
    val outcome = outcome(approvalRequest)
    expect(wanted, outcome.outcome, "outcome")
    if (reason != null) expect<String?>(reason, outcome.reason, "reason")
}

/** Approves the request and checks the outcome at the server. */
internal suspend fun Enrolled.approveAndCheck(received: ReceivedRequest, data: Data) {
    expect(data.expect("result"), received.request.approve(data), "approve")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
}

internal suspend fun Authenticator.expectEmptyRefresh(what: String = "refresh") {
    expect(Refreshed(emptyList(), emptyList()), refresh(), what)
}

/** Refreshes and expects one new request and no failure. */
internal suspend fun Authenticator.refreshToOne(): PendingRequest {
    val refreshed = refresh()
    expect(emptyList(), refreshed.failed, "failures of the refresh")
    expect(1, refreshed.newRequests.size, "new requests of the refresh")
    return request(refreshed.newRequests.single())
}

internal fun Enrolled.singleHistoryEntry(): HistoryEntry {
    val history = enrolment.history()
    expect(1, history.size, "entries of the history")
    return history.single()
}
