package org.countersign.scenarios

import org.countersign.DecisionKind
import org.countersign.BindingControl
import org.countersign.ReceiptOutcome
import org.countersign.support.SteeredTransport.Mode

internal suspend fun Run.codesWithoutNetwork(data: Data) = withEnrolled(data) { enrolled ->
    val (device, transport) = enrolled.phone.device to enrolled.phone.transport
    transport.mode = Mode.REFUSES
    val ask = server.control.ask(data.ask)
    val request = device.receiveScanned(server.control.show(ask).single())
    val txn = request.txn()

    val other = data.expect("other_code")
    expectError("rejected", "another code") { device.receiveScanned(other) }
    expectError("unanswered", "an answer too early") { device.decisionToShow(txn) }
    expect(BindingControl.Scan, request.look(data).binding(), "binding")
    expectError("binding_not_the_code", "another code as the value") { request.draw(data).approve(other) }
    expect(data.expect("offline"), request.approve(data), "approve offline")
    server.control.expectOutcome("pending", ask)

    val answer = device.decisionToShow(txn)
    expect(data.expect("taken"), server.control.scanned(ask, answer), "the answer that was brought")
    server.control.expectOutcome(data.expect("outcome"), ask)
    expect(0, transport.arrived.size, "decisions that arrived")

    transport.mode = Mode.WORKS
    device.expectQuietRefresh()
    expect(listOf(answer), transport.arrived.toList(), "decisions that arrived")
    val entry = enrolled.onlyHistory()
    expect(DecisionKind.APPROVE, entry.answer, "answer of the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome of the history")
    expectError("settled", "the answer again") { device.decisionToShow(txn) }
}
