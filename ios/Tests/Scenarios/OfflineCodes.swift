import Countersign
import Foundation
import TestSupport

// A phone without network: the request and the decision are transferred with codes.

@Sendable func codesWithoutNetwork(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (device, transport) = (enrolled.device, enrolled.phone.transport)
    transport.mode.now = .offline
    let created = try await issuer.request(data)
    let codes = try await created.codes
    try expectEqual(codes.count, 1, "the number of displayed requests")
    let request = try device.receiveScanned(text: codes[0])
    let txn = request.txn()

    let other = try data.expect("other_code")
    try await expectError("rejected") { try device.receiveScanned(text: other) }
    try await expectError("undecided") { try device.decisionToShow(txn: txn) }
    try expectEqual(try enrolled.review(request).binding(), .scan, "the binding")
    try await expectError("binding_not_the_code") { try await enrolled.ticket(request).approve(binding: other) }
    try expectEqual(try await enrolled.approve(request), data.expect("offline"), "the result")
    try await created.expectOutcome("pending")

    let decision = try device.decisionToShow(txn: txn)
    let taken = try await created.sendScanned(decision)
    try expectEqual(taken, data.expect("taken"), "the outcome of the scanned decision")
    try await created.expectOutcome(data.expect("outcome"))
    try expectEqual(enrolled.acceptedDecisions, 0, "the number of accepted decisions")

    transport.mode.now = .works
    try await enrolled.refresh()
    try expectEqual(transport.accepted.now, [Data(decision.utf8)], "the accepted decisions")
    let history = try enrolled.history
    try expectEqual(history.count, 1, "the length of the history")
    try expectEqual(history[0].decision, .approve)
    try expectEqual(history[0].outcome, .accepted)
    try await expectError("settled") { try device.decisionToShow(txn: txn) }
}
