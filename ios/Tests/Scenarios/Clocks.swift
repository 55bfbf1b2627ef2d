import Countersign
import TestSupport

// Expiry and wrong clocks.

@Sendable func expired(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, push, request) = try await enrolled.receive()
    let review = try enrolled.review(request)
    let ticket = try enrolled.ticket(request)
    try await enrolled.advanceTime()
    let error = try data.expect("error")
    try await expectError(error) { try await ticket.approve(binding: data.typed) }
    try expectEqual(try enrolled.pending, [], "the pending requests")
    try await expectError(error) { try enrolled.device.request(txn: request.txn()) }
    try await expectError(error) { try request.review(language: .en) }
    try await created.expectOutcome(data.expect("outcome"))
    try expectEqual(enrolled.acceptedDecisions, 0, "the number of accepted decisions")
    try await enrolled.refresh()
    try enrolled.duplicate(push, request.txn())
    _ = review
}

@Sendable func clockWrong(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let tenYears = 315_360_000
    let clock = TestClock()
    clock.shiftWall(seconds: -tenYears)
    let enrolled = try await EnrolledPhone(issuer, data, clock: clock)
    let (first, _, behind) = try await enrolled.receive()
    try await enrolled.expectApproval(behind, first)

    clock.shiftWall(seconds: tenYears)
    let (second, _, ahead) = try await enrolled.receive()
    try await enrolled.expectApproval(ahead, second)

    clock.restart()
    try enrolled.phone.reopen()
    let (third, push) = try await enrolled.requestPush()
    try await expectError("rejected") { try enrolled.device.receive(push: push) }
    let received = try await enrolled.refresh(newRequests: 1)
    try await enrolled.expectApproval(try enrolled.device.request(txn: received[0]), third)

    let (last, _, request) = try await enrolled.receive()
    let txn = request.txn()
    try await enrolled.advanceTime()
    clock.shiftWall(seconds: -tenYears)
    try await expectError(data.expect("error")) { try enrolled.device.request(txn: txn) }
    clock.restart()
    try enrolled.phone.reopen()
    try await expectError(data.expect("error")) { try enrolled.device.request(txn: txn) }
    try await last.expectOutcome("expired")
}
