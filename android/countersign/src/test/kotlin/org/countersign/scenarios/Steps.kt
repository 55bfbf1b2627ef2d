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
import org.countersign.support.ControlApi

/** Fails unless both are the same. */
internal fun <T> expect(wanted: T, found: T, what: String) {
    check(wanted == found) { "$what: $found instead of $wanted" }
}

/** Fails unless the call ends with an error of this code. */
internal inline fun expectError(code: String, what: String, call: () -> Unit) {
    try {
        call()
    } catch (error: AuthenticatorException) {
        expect(code, error.code, "$what, error")
        return
    }
    throw IllegalStateException("$what: no error instead of $code")
}

/** A request on the phone and the ask that it came from. */
internal class Asked(val ask: String, val push: Map<String, String>, val request: PendingRequest) {
    val txn: String get() = request.txn()
}

/** Asks, takes the push and receives the request. */
internal fun Enrolled.receiveRequest(data: Data): Asked {
    val ask = server.control.ask(data.ask)
    val push = takePush()
    val received = phone.device.receive(push)
    check(received is Received.Request) { "received $received instead of a request" }
    return Asked(ask, push, received.request)
}

/** Lays the request out and compares what is to be shown. */
internal fun PendingRequest.look(data: Data): Review {
    val review = review(Language.EN)
    val fields = review.fields()
    expect(data.fields.map { it.first }, fields.map { it.id }, "ids of the fields")
    for ((field, wanted) in fields zip data.fields) {
        wanted.second?.let { expect(it, field.value, "field ${field.id}") }
    }
    return review
}

/** What a screen reports that drew all of it. */
internal fun Review.allDrawn() = RenderReport(drawn = fields().map { it.id }, shownMs = 1000u)

internal fun PendingRequest.draw(data: Data): Ticket {
    val review = look(data)
    return review.rendered(review.allDrawn())
}

internal suspend fun PendingRequest.approve(data: Data): String = draw(data).approve(data.typed).word()

/** A result as the list of scenarios writes it. */
internal fun Outcome.word(): String = when (this) {
    is Outcome.Confirmed -> "confirmed"
    is Outcome.Queued -> "queued"
    is Outcome.Failed -> "failed ${outcome.name.lowercase()}"
}

internal fun ControlApi.expectOutcome(wanted: String, ask: String, reason: String? = null) {
    val outcome = outcome(ask)
    expect(wanted, outcome.outcome, "outcome")
    if (reason != null) expect<String?>(reason, outcome.reason, "reason")
}

/** Approves, and the server must have heard. */
internal suspend fun Enrolled.approveAndCheck(asked: Asked, data: Data) {
    expect(data.expect("result"), asked.request.approve(data), "approve")
    server.control.expectOutcome(data.expect("outcome"), asked.ask)
}

internal suspend fun Authenticator.expectQuietRefresh(what: String = "refresh") {
    expect(Refreshed(emptyList(), emptyList()), refresh(), what)
}

/** Refreshes: one new request, nothing failed. */
internal suspend fun Authenticator.refreshToOne(): PendingRequest {
    val refreshed = refresh()
    expect(emptyList(), refreshed.failed, "failures of the refresh")
    expect(1, refreshed.newRequests.size, "new requests of the refresh")
    return request(refreshed.newRequests.single())
}

internal fun Enrolled.onlyHistory(): HistoryEntry {
    val history = enrolment.history()
    expect(1, history.size, "entries of the history")
    return history.single()
}
