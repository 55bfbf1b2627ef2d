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
import org.countersign.support.ControllableTransport.Mode

internal suspend fun Run.entryRight(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    expectError("binding_length", "a short value") { received.request.renderAll(data).approve(data.expect("short")) }
    server.control.expectOutcome("pending", received.approvalRequest)
    val txn = received.txn
    enrolled.approveAndCheck(received, data)
    val entry = enrolled.singleHistoryEntry()
    expect(txn, entry.txn, "txn in the history")
    expect("ACME Shop", entry.client, "client in the history")
    expect(DecisionKind.APPROVE, entry.decision, "decision in the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome in the history")
}

internal suspend fun Run.entryWrong(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    val txn = received.txn
    enrolled.approveAndCheck(received, data)
    expectError(data.expect("again"), "the request again") { enrolled.phone.device.request(txn) }
}

internal suspend fun Run.denyWithReason(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    val outcome = received.request.reviewAndCheck(data).deny(DenyReason.WRONG_DETAILS, 1200u)
    expect(data.expect("result"), outcome.wireName(), "deny")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest, data.expect("reason"))
    val entry = enrolled.singleHistoryEntry()
    expect(DecisionKind.DENY, entry.decision, "decision in the history")
    expect(DenyReason.WRONG_DETAILS, entry.reason, "reason in the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome in the history")

    val second = enrolled.receiveRequest(data)
    val byButton = enrolled.phone.device.deny(second.txn, DenyReason.UNEXPECTED)
    expect(data.expect("result"), byButton.wireName(), "deny by the notification button")
    server.control.expectOutcome(data.expect("outcome"), second.approvalRequest, data.expect("button_reason"))
}

internal suspend fun Run.expired(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val received = enrolled.receiveRequest(data)
    val txn = received.txn
    received.request.reviewAndCheck(data)
    val ticket = received.request.renderAll(data)
    passTime(enrolled.phone, data)
    expectError(data.expect("error"), "approve") { ticket.approve(data.typed) }
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expectError(data.expect("error"), "the request") { device.request(txn) }
    expectError(data.expect("error"), "its review") { received.request.review(Language.EN) }
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
    expect(0, enrolled.phone.transport.delivered.size, "delivered decisions")
    device.expectEmptyRefresh()
    expect(Received.Duplicate(txn), device.receive(received.push), "the push once more")
}

internal suspend fun Run.unknownDetail(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    val review = received.request.reviewAndCheck(data)
    expectError(data.expect("error"), "approvable") { review.approvable() }
    expectError(data.expect("error"), "rendered") { review.rendered(review.allDrawn()) }
    expect(data.expect("result"), received.request.deny(DenyReason.OTHER).wireName(), "deny")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest, data.expect("reason"))
}

internal suspend fun Run.offlineThenFlush(data: Data) = withEnrolled(data) { enrolled ->
    val (device, transport) = enrolled.phone.device to enrolled.phone.transport
    val received = enrolled.receiveRequest(data)
    val txn = received.txn
    transport.mode = Mode.UNREACHABLE
    expect(data.expect("offline"), received.request.approve(data), "approve offline")
    server.control.expectOutcome("pending", received.approvalRequest)
    val failed = device.refresh().failed.single()
    expect(enrolled.id to "unreachable", failed.enrolmentId to failed.code, "failure of the refresh")
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expectError("not_pending", "the request again") { device.request(txn) }

    transport.mode = Mode.WORKS
    expect(emptyList(), device.refresh().failed, "failures of the refresh")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
    val entry = enrolled.singleHistoryEntry()
    expect(DecisionKind.APPROVE, entry.decision, "decision in the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome in the history")
    device.refresh()
    expect(1, transport.delivered.size, "delivered decisions")
}

internal suspend fun Run.killedBetweenSignAndSend(data: Data) = withEnrolled(data) { enrolled ->
    val transport = enrolled.phone.transport
    val received = enrolled.receiveRequest(data)
    val ticket = received.request.renderAll(data)
    transport.mode = Mode.NEVER_RESPONDS_TO_DECISIONS
    val queued = coroutineScope {
        val approve = async { ticket.approve(data.typed) }
        transport.unanswered.await().also { approve.cancelAndJoin() }
    }
    server.control.expectOutcome("pending", received.approvalRequest)

    enrolled.phone.reopen()
    transport.mode = Mode.WORKS
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expect(emptyList(), enrolled.phone.device.refresh().failed, "failures of the refresh")
    expect(listOf(queued), transport.delivered.toList(), "delivered decisions")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
    enrolled.phone.device.refresh()
    expect(1, transport.delivered.size, "delivered decisions")
}

internal suspend fun Run.keyInvalidated(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val received = enrolled.receiveRequest(data)
    enrolled.phone.keys.prompt = { throw KeyStoreException.Invalidated() }
    expectError(data.expect("error"), "approve") { received.request.approve(data) }
    expect(listOf(received.txn), enrolled.phone.pending(), "pending")
    server.control.expectOutcome("pending", received.approvalRequest)
    expect(0, enrolled.phone.transport.delivered.size, "delivered decisions")
    expect(data.expect("result"), device.deny(received.txn, DenyReason.NOT_ME).wireName(), "deny")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest, data.expect("reason"))
}
