import Countersign
import TestSupport

// Several servers, and a server with rotated keys.

@Sendable func twoIssuers(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let first = try await EnrolledPhone(issuer, data)
    let otherIssuer = try TestIssuer()
    defer { otherIssuer.stop() }
    let second = try await EnrolledPhone(first.phone, otherIssuer, data, token: "two_issuers_b")
    let (created, push) = try await first.requestPush()
    let (otherRequest, pushThere) = try await second.requestPush()
    for (one, other) in [(push, pushThere), (pushThere, push)] {
        var crossed = one
        crossed["e"] = other["e"]
        try await expectError("rejected") { try first.device.receive(push: crossed) }
    }
    let request = try first.request(push)
    let requestThere = try first.request(pushThere)
    try expectEqual(try request.enrolmentId(), first.enrolment)
    try expectEqual(try requestThere.enrolmentId(), second.enrolment)
    try expectEqual(try first.pending.count, 2, "the number of requests that wait")

    try await first.expectApproval(request, created)
    try await otherRequest.expectOutcome("pending")
    let denied = try await first.device.deny(txn: requestThere.txn(), reason: .unexpected)
    try expectEqual(denied.text, data.expect("result"), "the result")
    try await otherRequest.expectOutcome(data.expect("outcome_b"), reason: data.expect("reason_b"))
    try await created.expectOutcome(data.expect("outcome"))
}

@Sendable func serverKeyRollover(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (requestBefore, _, before) = try await enrolled.receive()
    _ = try await issuer.control.post("/rotate-keys", [:])
    let (created, push) = try await enrolled.requestPush()
    try await expectError("rejected") { try enrolled.device.receive(push: push) }
    let received = try await enrolled.refresh(newRequests: 1)
    try await enrolled.expectApproval(try enrolled.device.request(txn: received[0]), created)
    try await enrolled.expectApproval(before, requestBefore)
    let (_, _, third) = try await enrolled.receive()
    try expectEqual(try await enrolled.approve(third), data.expect("result"), "the result")
}
