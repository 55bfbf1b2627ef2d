package org.countersign.scenarios

import org.countersign.DenyReason
import org.countersign.Enrolment
import org.countersign.EnrolmentState
import org.countersign.Protection
import org.countersign.Protections
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.support.ControlApi

internal suspend fun Run.enrol(data: Data) = Phone().use { phone ->
    server.removePhones()
    val pending = phone.startEnrolment(server, data.name)
    val offer = phone.device.parseOffer(pending.offer.link)
    expect(server.url, offer.issuer(), "issuer of the offer")
    val info = phone.device.enrolment(pending.id).info()
    check(info.confirmCode.orEmpty().matches(Regex("[0-9]{6}"))) { "the confirmation code does not have six digits" }
    expect(data.expect("account"), info.accountLabel, "account label")
    val software = Protection.SOFTWARE
    expect(Protections(software, software, software), info.protection, "protection")
    expect(3, phone.keys.handles.size, "keys")

    val enrolled = pending.confirm()
    val active = enrolled.enrolment.info()
    expect(EnrolmentState.ACTIVE, active.state, "state")
    expect(null, active.confirmCode, "confirmation code")
    val phones = server.control.phones(ACCOUNT).filter { it.state != "revoked" }
    expect(listOf(ControlApi.Phone(pending.id, "active")), phones, "phones at the server")

    expectError(data.expect("again"), "the same link again") {
        phone.device.enrol(phone.device.parseOffer(pending.offer.link), PushAddress(PushKind.FCM, data.name))
    }
    expect(1, phone.device.enrolments().size, "enrolments")
    expect(3, phone.keys.handles.size, "keys")
}

internal suspend fun Run.rotate(data: Data) = replaceKeys(data, 3, 1) { it.rotateKeys() }

internal suspend fun Run.rotateAll(data: Data) = replaceKeys(data, 2, 0) { it.rotateAllKeys() }

/**
 * Replaces keys. [stay] of the old keys remain for pending requests, [permanent] of them
 * permanently.
 */
private suspend fun Run.replaceKeys(
    data: Data,
    stay: Int,
    permanent: Int,
    replace: suspend (Enrolment) -> Unit,
) = withEnrolled(data) { enrolled ->
    val phone = enrolled.phone
    val received = enrolled.receiveRequest(data)
    val laterRequest = server.control.approvalRequest(data.approvalRequest)
    val laterPush = enrolled.takePush()
    val before = phone.keys.handles
    replace(enrolled.enrolment)
    val info = phone.device.enrolments().single()
    expect(enrolled.id to EnrolmentState.ACTIVE, info.id to info.state, "enrolment")
    fun keyCounts() = phone.keys.handles.let { it.size to (it intersect before).size }
    expect(5 to stay, keyCounts(), "keys, and how many are old")

    enrolled.approveAndCheck(received, data)
    val later = phone.device.receive(laterPush)
    check(later is Received.Request) { "received $later instead of a request" }
    enrolled.approveAndCheck(ReceivedRequest(laterRequest, laterPush, later.request), data)
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)
    phone.reopen()
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)

    passTime(phone, data)
    phone.device.expectEmptyRefresh()
    expect(3 to permanent, keyCounts(), "keys, and how many are old")
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)
}

internal suspend fun Run.unenrolByPhone(data: Data) = withEnrolled(data) { enrolled ->
    val phone = enrolled.phone
    val received = enrolled.receiveRequest(data)
    val txn = received.txn
    enrolled.enrolment.unenrol()
    expect(EnrolmentState.REVOKED, enrolled.enrolment.info().state, "state")
    expect(emptySet(), phone.keys.handles, "keys")
    expect(emptyList(), server.control.phones(ACCOUNT).filter { it.state != "revoked" }, "phones at the server")
    expectError("rejected", "the same push again") { phone.device.receive(received.push) }
    expectError(data.expect("error"), "the request") { phone.device.request(txn) }
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
    val response = runCatching { server.control.approvalRequest(data.approvalRequest) }
        .exceptionOrNull() as? ControlApi.ErrorResponse
    expect(data.expect("refused"), response?.code, "approval request without a phone")
    phone.reopen()
    expect(EnrolmentState.REVOKED, enrolled.enrolment.info().state, "state after reopening")
}

internal suspend fun Run.unenrolByServer(data: Data) = withEnrolled(data) { enrolled ->
    val phone = enrolled.phone
    val received = enrolled.receiveRequest(data)
    val ticket = received.request.renderAll(data)
    server.control.unenrol(enrolled.id)
    val status = phone.device.receive(enrolled.takePush())
    expect(Received.Status(enrolled.id, EnrolmentState.REVOKED), status, "received")
    expectError(data.expect("error"), "approve") { ticket.approve(data.typed) }
    expect(EnrolmentState.REVOKED, enrolled.enrolment.info().state, "state")
    phone.device.refresh()
    expect(emptySet(), phone.keys.handles, "keys")
    server.control.expectOutcome(data.expect("outcome"), received.approvalRequest)
    expect(0, phone.transport.delivered.size, "delivered decisions")
    phone.reopen()
    expect(EnrolmentState.REVOKED, enrolled.enrolment.info().state, "state after reopening")
}

internal suspend fun Run.twoIssuers(data: Data) = withEnrolled(data) { first ->
    val device = first.phone.device
    val second = first.phone.enrolAt(secondServer, "two_issuers_b")
    val approvalRequests = listOf(first, second).map { it.server.control.approvalRequest(data.approvalRequest) }
    val (push, pushB) = listOf(first, second).map { it.takePush() }
    expectError("rejected", "a push to the wrong enrolment") { device.receive(push + ("e" to pushB.getValue("e"))) }
    expectError("rejected", "a push to the wrong enrolment") { device.receive(pushB + ("e" to push.getValue("e"))) }
    val (request, requestB) = listOf(push, pushB).map {
        val received = device.receive(it)
        check(received is Received.Request) { "received $received instead of a request" }
        received.request
    }
    expect(listOf(first.id, second.id), listOf(request, requestB).map { it.enrolmentId() }, "enrolments")
    expect(2, first.phone.pending().size, "pending")

    expect(data.expect("result"), request.approve(data), "approve")
    first.server.control.expectOutcome(data.expect("outcome"), approvalRequests[0])
    second.server.control.expectOutcome("pending", approvalRequests[1])
    expect(data.expect("result"), device.deny(requestB.txn(), DenyReason.UNEXPECTED).wireName(), "deny")
    second.server.control.expectOutcome(data.expect("outcome_b"), approvalRequests[1], data.expect("reason_b"))
    first.server.control.expectOutcome(data.expect("outcome"), approvalRequests[0])
}

internal suspend fun Run.serverKeyRollover(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val old = enrolled.receiveRequest(data)
    server.control.rotateKeys()
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val push = enrolled.takePush()
    expectError("rejected", "a push signed with an unknown key") { device.receive(push) }
    enrolled.approveAndCheck(ReceivedRequest(approvalRequest, push, device.refreshToOne()), data)
    enrolled.approveAndCheck(old, data)
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)
}

private const val TEN_YEARS_MS = 315_360_000_000

internal suspend fun Run.clockWrong(data: Data) = Phone().use { phone ->
    phone.clock.wallShiftMs = -TEN_YEARS_MS
    val enrolled = phone.enrolAt(server, data.name)
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)

    phone.clock.wallShiftMs = TEN_YEARS_MS
    enrolled.approveAndCheck(enrolled.receiveRequest(data), data)

    phone.clock.restart()
    phone.reopen()
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val push = enrolled.takePush()
    expectError("rejected", "a push that has expired by this clock") { phone.device.receive(push) }
    enrolled.approveAndCheck(ReceivedRequest(approvalRequest, push, phone.device.refreshToOne()), data)

    val last = enrolled.receiveRequest(data)
    val txn = last.txn
    passTime(phone, data)
    phone.clock.wallShiftMs = -TEN_YEARS_MS
    expectError(data.expect("error"), "the request") { phone.device.request(txn) }
    phone.clock.restart()
    phone.reopen()
    expectError(data.expect("error"), "the request after a restart") { phone.device.request(txn) }
    server.control.expectOutcome("expired", last.approvalRequest)
}
