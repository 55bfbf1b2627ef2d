package org.countersign.scenarios

import org.countersign.BindingControl
import org.countersign.Charset
import org.countersign.Language
import org.countersign.Received

internal suspend fun Run.sealedPush(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    expect(setOf("v", "e", "p"), received.push.keys, "members of the push")
    expect(listOf(received.txn), enrolled.phone.pending(), "pending")
    enrolled.phone.device.expectEmptyRefresh()
    enrolled.approveAndCheck(received, data)
    expect(emptyList(), enrolled.phone.pending(), "pending")
}

internal suspend fun Run.wakePush(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val push = enrolled.takePush()
    expect(setOf("v", "e", "w"), push.keys, "members of the push")
    val wake = device.receive(push)
    expect(Received.Fetch(enrolled.id, push.getValue("w")), wake, "received")
    expect(emptyList(), enrolled.phone.pending(), "pending")
    val request = device.fetch(enrolled.id, push.getValue("w"))
    expect(push.getValue("w"), request.txn(), "txn")
    expect(Received.Duplicate(request.txn()), device.receive(push), "the same push again")
    enrolled.approveAndCheck(ReceivedRequest(approvalRequest, push, request), data)
}

internal suspend fun Run.fetch(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val lost = enrolled.takePush()
    val request = device.refreshToOne()
    expect(listOf(request.txn()), enrolled.phone.pending(), "pending")
    device.expectEmptyRefresh("second refresh")
    expectError(data.expect("missing"), "fetch of an unknown request") { device.fetch(enrolled.id, "no-such-request") }
    enrolled.approveAndCheck(ReceivedRequest(approvalRequest, lost, request), data)
}

internal suspend fun Run.review(data: Data) = withEnrolled(data) { enrolled ->
    val received = enrolled.receiveRequest(data)
    val request = received.request
    val review = request.reviewAndCheck(data)
    expect(BindingControl.Entry(6u, Charset.DIGITS), review.binding(), "binding")
    review.approvable()
    val german = request.review(Language.DE).fields().first { it.id == "amount" }
    expect(data.expect("amount_de"), german.value, "amount in German")

    val all = review.allDrawn()
    val incomplete = mapOf(
        "field_missing" to all.copy(drawn = all.drawn.drop(1)),
        "screen_obscured" to all.copy(obscured = true),
        "screen_shared" to all.copy(shared = true),
    )
    for ((code, report) in incomplete) {
        expectError(code, "rendered") { request.review(Language.EN).rendered(report) }
    }
    request.review(Language.EN).rendered(all.copy(callActive = true)).close()
    enrolled.approveAndCheck(received, data)
}

internal suspend fun Run.replay(data: Data) = withEnrolled(data) { enrolled ->
    val device = enrolled.phone.device
    val received = enrolled.receiveRequest(data)
    val (push, duplicate) = received.push to Received.Duplicate(received.txn)
    expect(duplicate, device.receive(push), "the same push again")
    expect(1, enrolled.phone.pending().size, "pending")
    val sealed = push.getValue("p")
    val last = if (sealed.last() == 'A') 'B' else 'A'
    expectError("rejected", "a changed push") { device.receive(push + ("p" to sealed.dropLast(1) + last)) }
    expectError("rejected", "a push without an enrolment handle") { device.receive(push - "e") }
    enrolled.approveAndCheck(received, data)
    expect(duplicate, device.receive(push), "the same push after the decision")
    expect(emptyList(), enrolled.phone.pending(), "pending")
    expectError(data.expect("again"), "the request again") { device.request(duplicate.txn) }
    expect(1, enrolled.phone.transport.delivered.size, "delivered decisions")
}
