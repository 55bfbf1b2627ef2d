import Countersign
import TestSupport

// The rotation of keys and the end of enrolments.

@Sendable func rotate(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    try await replaceKeys(issuer, data, stay: 3, forGood: 1) { try await $0.rotateKeys() }
}

@Sendable func rotateAll(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    try await replaceKeys(issuer, data, stay: 2, forGood: 0) { try await $0.rotateAllKeys() }
}

/// Rotates keys. `stay` old keys remain for pending requests, and `forGood` remain permanently.
private func replaceKeys(
    _ issuer: TestIssuer, _ data: ScenarioData, stay: Int, forGood: Int,
    with replace: @Sendable (Enrolment) async throws -> Void
) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let (undelivered, push) = try await enrolled.requestPush()
    let before = enrolled.phone.keys.held
    let held = { enrolled.phone.keys.held }
    try await replace(try enrolled.device.enrolment(id: enrolled.enrolment))
    try expectEqual(try enrolled.info.state, .active)
    try expectEqual(held().count, 5, "the number of keys")
    try expectEqual(held().intersection(before).count, stay, "the number of keys that stayed")
    try await enrolled.expectApproval(request, created)
    try await enrolled.expectApproval(try enrolled.request(push), undelivered)
    try await receiveAndApprove()
    try enrolled.phone.reopen()
    try await receiveAndApprove()

    try await enrolled.advanceTime()
    try await enrolled.refresh()
    try expectEqual(held().count, 3, "the number of keys")
    try expectEqual(held().intersection(before).count, forGood, "the number of keys that stayed")
    try await receiveAndApprove()

    func receiveAndApprove() async throws {
        let (created, _, request) = try await enrolled.receive()
        try await enrolled.expectApproval(request, created)
    }
}

@Sendable func unenrolByPhone(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, push, request) = try await enrolled.receive()
    try await enrolled.device.enrolment(id: enrolled.enrolment).unenrol()
    try expectEqual(try enrolled.info.state, .revoked)
    try expectEqual(enrolled.phone.keys.held.count, 0, "the number of keys")
    try expectEqual(try await issuer.control.phones(), [:], "the list of phones")
    try await expectError("rejected") { try enrolled.device.receive(push: push) }
    try await expectError(data.expect("error")) { try enrolled.device.request(txn: request.txn()) }
    try await created.expectOutcome(data.expect("outcome"))
    do {
        _ = try await issuer.request(data)
        throw Failure("the server created a request without a phone")
    } catch let error as Control.Rejected {
        try expectEqual(error.code, data.expect("refused"), "the code of the problem")
    }
    try enrolled.phone.reopen()
    try expectEqual(try enrolled.info.state, .revoked)
}

@Sendable func unenrolByServer(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let ticket = try enrolled.ticket(request)
    _ = try await issuer.control.post("/unenrol", ["enrolment": .text(enrolled.enrolment)])
    let received = try enrolled.device.receive(push: try await issuer.control.takePush(enrolled.token))
    guard case .status(enrolled.enrolment, .revoked) = received else { throw Failure("the push contains \(received)") }
    try await expectError(data.expect("error")) { try await ticket.approve(binding: data.typed) }
    try expectEqual(try enrolled.info.state, .revoked)
    _ = try await enrolled.device.refresh()
    try expectEqual(enrolled.phone.keys.held.count, 0, "the number of keys")
    try await created.expectOutcome(data.expect("outcome"))
    try expectEqual(enrolled.acceptedDecisions, 0, "the number of accepted decisions")
    try enrolled.phone.reopen()
    try expectEqual(try enrolled.info.state, .revoked)
}
