package org.countersign.scenarios

import org.countersign.DecisionKind
import org.countersign.BindingControl
import org.countersign.ReceiptOutcome
import org.countersign.support.ControllableTransport.Mode

internal suspend fun Run.codesWithoutNetwork(data: Data) = withEnrolled(data) { enrolled ->
    val (device, transport) = enrolled.phone.device to enrolled.phone.transport
    transport.mode = Mode.UNREACHABLE
    val approvalRequest = server.control.approvalRequest(data.approvalRequest)
    val request = device.receiveScanned(server.control.show(approvalRequest).single())
    val txn = request.txn()

    val other = data.expect("other_code")
    expectError("rejected", "a code of another kind") { device.receiveScanned(other) }
    expectError("undecided", "the decision before it was made") { device.decisionToShow(txn) }
    expect(BindingControl.Scan, request.reviewAndCheck(data).binding(), "binding")
    expectError("binding_not_the_code", "a code of another kind as the binding value") {
        request.renderAll(data).approve(other)
    }
    expect(data.expect("offline"), request.approve(data), "approve offline")
    server.control.expectOutcome("pending", approvalRequest)

    val decision = device.decisionToShow(txn)
    expect(data.expect("taken"), server.control.scanned(approvalRequest, decision), "the scanned decision")
    server.control.expectOutcome(data.expect("outcome"), approvalRequest)
    expect(0, transport.delivered.size, "delivered decisions")

    transport.mode = Mode.WORKS
    device.expectEmptyRefresh()
    expect(listOf(decision), transport.delivered.toList(), "delivered decisions")
    val entry = enrolled.singleHistoryEntry()
    expect(DecisionKind.APPROVE, entry.decision, "decision in the history")
    expect(ReceiptOutcome.ACCEPTED, entry.outcome, "outcome in the history")
    expectError("settled", "the decision after its receipt") { device.decisionToShow(txn) }
}
