package org.countersign.scenarios

import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import org.countersign.DecisionKind
import org.countersign.DenyReason
import org.countersign.KeyStoreException
import org.countersign.Language
import org.countersign.Received
import org.countersign.ReceiptOutcome
import org.countersign.support.SteeredTransport.Mode

internal suspend fun Run.entryRight(data: Data) = withEnrolled(data) { enrolled ->
    val asked = enrolled.receiveRequest(data)
    expectError("binding_length", "a short value") { asked.request.draw(data).approve(data.expect("short")) }
    server.control.expectOutcome("pending", asked.ask)
    val txn = asked.txn
    enrolled.approveAndCheck(asked, data)
    val entry = enrolled.onlyHistory()
    expect(txn, entry.txn, "txn of the history")
    expect("ACME Shop", entry.client, "client of the history")
    expect(DecisionKind.APPROVE, entry.answer, "answer of the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome of the history")
}

internal suspend fun Run.entryWrong(data: Data) = withEnrolled(data) { enrolled ->
    val asked = enrolled.receiveRequest(data)
    val txn = asked.txn
    enrolled.approveAndCheck(asked, data)
    expectError(data.expect("again"), "the request again") { enrolled.phone.device.request(txn) }
}

internal suspend fun Run.denyWithReason(data: Data) = withEnrolled(data) { enrolled ->
    val asked = enrolled.receiveRequest(data)
    val outcome = asked.request.look(data).deny(DenyReason.WRONG_DETAILS, 1200u)
    expect(data.expect("result"), outcome.word(), "deny")
    server.control.expectOutcome(data.expect("outcome"), asked.ask, data.expect("reason"))
    val entry = enrolled.onlyHistory()
    expect(DecisionKind.DENY, entry.answer, "answer of the history")
    expect(DenyReason.WRONG_DETAILS, entry.reason, "reason of the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome of the history")

    val second = enrolled.receiveRequest(data)
    val button = enrolled.phone.device.deny(second.txn, DenyReason.UNEXPECTED)
    expect(data.expect("result"), button.word(), "deny by the button")
    server.control.expectOutcome(data.expect("outcome"), second.ask, data.expect("button_reason"))
}

internal suspend fun Run.expired(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val asked = enrolled.receiveRequest(data)
    val txn = asked.txn
    asked.request.look(data)
    val ticket = asked.request.draw(data)
    timePasses(enrolled.phone, data)
    expectError(data.expect("error"), "approve") { ticket.approve(data.typed) }
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expectError(data.expect("error"), "the request") { device.request(txn) }
    expectError(data.expect("error"), "its review") { asked.request.review(Language.EN) }
    server.control.expectOutcome(data.expect("outcome"), asked.ask)
    expect(0, enrolled.phone.transport.arrived.size, "decisions that arrived")
    device.expectQuietRefresh()
    expect(Received.Duplicate(txn), device.receive(asked.push), "the push once more")
}

internal suspend fun Run.unknownDetail(data: Data) = withEnrolled(data) { enrolled ->
    val asked = enrolled.receiveRequest(data)
    val review = asked.request.look(data)
    expectError(data.expect("error"), "approvable") { review.approvable() }
    expectError(data.expect("error"), "rendered") { review.rendered(review.allDrawn()) }
    expect(data.expect("result"), asked.request.deny(DenyReason.OTHER).word(), "deny")
    server.control.expectOutcome(data.expect("outcome"), asked.ask, data.expect("reason"))
}

internal suspend fun Run.offlineThenFlush(data: Data) = withEnrolled(data) { enrolled ->
    val (device, transport) = enrolled.phone.device to enrolled.phone.transport
    val asked = enrolled.receiveRequest(data)
    val txn = asked.txn
    transport.mode = Mode.REFUSES
    expect(data.expect("offline"), asked.request.approve(data), "approve offline")
    server.control.expectOutcome("pending", asked.ask)
    val failed = device.refresh().failed.single()
    expect(enrolled.id to "unreachable", failed.enrolmentId to failed.code, "failure of the refresh")
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expectError("not_pending", "the request again") { device.request(txn) }

    transport.mode = Mode.WORKS
    expect(emptyList(), device.refresh().failed, "failures of the refresh")
    server.control.expectOutcome(data.expect("outcome"), asked.ask)
    val entry = enrolled.onlyHistory()
    expect(DecisionKind.APPROVE, entry.answer, "answer of the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome of the history")
    device.refresh()
    expect(1, transport.arrived.size, "decisions that arrived")
}

internal suspend fun Run.killedBetweenSignAndSend(data: Data) = withEnrolled(data) { enrolled ->
    val transport = enrolled.phone.transport
    val asked = enrolled.receiveRequest(data)
    val ticket = asked.request.draw(data)
    transport.mode = Mode.NEVER_ANSWERS_DECISIONS
    val kept = coroutineScope {
        val approve = async { ticket.approve(data.typed) }
        transport.taken.await().also { approve.cancelAndJoin() }
    }
    server.control.expectOutcome("pending", asked.ask)

    enrolled.phone.reopen()
    transport.mode = Mode.WORKS
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expect(emptyList(), enrolled.phone.device.refresh().failed, "failures of the refresh")
    expect(listOf(kept), transport.arrived.toList(), "decisions that arrived")
    server.control.expectOutcome(data.expect("outcome"), asked.ask)
    enrolled.phone.device.refresh()
    expect(1, transport.arrived.size, "decisions that arrived")
}

internal suspend fun Run.keyInvalidated(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val asked = enrolled.receiveRequest(data)
    enrolled.phone.keys.prompt = { throw KeyStoreException.Invalidated() }
    expectError(data.expect("error"), "approve") { asked.request.approve(data) }
    expect(listOf(asked.txn), enrolled.phone.pending(), "pending")
    server.control.expectOutcome("pending", asked.ask)
    expect(0, enrolled.phone.transport.arrived.size, "decisions that arrived")
    expect(data.expect("result"), device.deny(asked.txn, DenyReason.NOT_ME).word(), "deny")
    server.control.expectOutcome(data.expect("outcome"), asked.ask, data.expect("reason"))
}
