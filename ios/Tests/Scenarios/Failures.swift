import Countersign
import TestSupport

// Failures between the decision of the user and the server.

@Sendable func offlineThenFlush(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let transport = enrolled.phone.transport
    transport.mode.now = .offline
    try expectEqual(try await enrolled.approve(request), data.expect("offline"), "the result")
    try await created.expectOutcome("pending")
    let failed = try await enrolled.device.refresh().failed
    try expectEqual(failed.map { [$0.enrolmentId, $0.code] }, [[enrolled.enrolment, "unreachable"]], "the failures")
    try expectEqual(try enrolled.pending, [], "the pending requests")
    try await expectError("not_pending") { try enrolled.device.request(txn: request.txn()) }

    transport.mode.now = .works
    try await enrolled.refresh()
    try await created.expectOutcome(data.expect("outcome"))
    let history = try enrolled.history
    try expectEqual(history.count, 1, "the length of the history")
    try expectEqual(history[0].decision, .approve)
    try expectEqual(history[0].outcome, .accepted)
    try expectEqual(enrolled.acceptedDecisions, 1, "the number of accepted decisions")
    try await enrolled.refresh()
    try expectEqual(enrolled.acceptedDecisions, 1, "the number of accepted decisions")
}

@Sendable func killedBetweenSignAndSend(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let transport = enrolled.phone.transport
    transport.mode.now = .storesDecisions
    let ticket = try enrolled.ticket(request)
    let approving = Task { try await ticket.approve(binding: data.typed) }
    await transport.decisionStored()
    approving.cancel()
    try await expectError("cancelled") { try await approving.value }
    try await created.expectOutcome("pending")

    let fresh = TestTransport()
    try enrolled.phone.reopen(transport: fresh)
    try expectEqual(try enrolled.pending, [], "the pending requests")
    try await enrolled.refresh()
    try expectEqual(fresh.accepted.now, transport.stored.now, "the accepted decisions")
    try expectEqual(enrolled.acceptedDecisions, 1, "the number of accepted decisions")
    try await created.expectOutcome(data.expect("outcome"))
    try await enrolled.refresh()
    try expectEqual(enrolled.acceptedDecisions, 1, "the number of accepted decisions")
}

@Sendable func keyInvalidated(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    enrolled.phone.keys.faults.with { $0.sign = { prompt in if prompt != nil { throw KeyStoreError.invalidated } } }
    try await expectError(data.expect("error")) { try await enrolled.approve(request) }
    try expectEqual(try enrolled.pending, [request.txn()], "the pending requests")
    try await created.expectOutcome("pending")
    try expectEqual(enrolled.acceptedDecisions, 0, "the number of accepted decisions")
    let denied = try await enrolled.device.deny(txn: request.txn(), reason: .notMe)
    try expectEqual(denied.text, data.expect("result"), "the result")
    try await created.expectOutcome(data.expect("outcome"), reason: data.expect("reason"))
}
