import Countersign
import TestSupport

// The review of a request and the decision.

@Sendable func review(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let review = try enrolled.review(request)
    try expectEqual(review.binding(), .entry(length: 6, charset: .digits), "the binding")
    try review.approvable()
    let german = try request.review(language: .de).fields()
    try expectEqual(german.first { $0.id == "amount" }?.value, data.expect("amount_de"), "the amount in German")

    let rest = Array(review.fields().map(\.id).dropFirst())
    for (code, report) in [
        ("field_missing", report(review, drawn: rest)), ("screen_obscured", report(review, obscured: true)),
        ("screen_shared", report(review, shared: true)),
    ] {
        try await expectError(code) { try request.review(language: .en).rendered(report: report) }
    }
    _ = try request.review(language: .en).rendered(report: report(review, callActive: true))
    try await enrolled.expectApproval(request, created)
}

@Sendable func entryRight(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let ticket = try enrolled.ticket(request)
    try await expectError("binding_length") { try await ticket.approve(binding: data.expect("short")) }
    try await created.expectOutcome("pending")
    try await enrolled.expectApproval(request, created)
    let history = try enrolled.history
    try expectEqual(history.map(\.txn), [request.txn()], "the history")
    try expectEqual(history[0].client, "ACME Shop")
    try expectEqual(history[0].decision, .approve)
    try expectEqual(history[0].outcome, .accepted)
}

@Sendable func entryWrong(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    try await enrolled.expectApproval(request, created)
    try await expectError(data.expect("again")) { try enrolled.device.request(txn: request.txn()) }
}

@Sendable func denyWithReason(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let denied = try await enrolled.review(request).deny(.wrongDetails, shownMs: 1200)
    try expectEqual(denied.text, data.expect("result"), "the result")
    try await created.expectOutcome(data.expect("outcome"), reason: data.expect("reason"))
    let history = try enrolled.history
    try expectEqual(history.count, 1, "the length of the history")
    try expectEqual(history[0].decision, .deny)
    try expectEqual(history[0].reason, .wrongDetails)
    try expectEqual(history[0].outcome, .accepted)

    let (second, _, other) = try await enrolled.receive()
    let byButton = try await enrolled.device.deny(txn: other.txn(), reason: .unexpected)
    try expectEqual(byButton.text, data.expect("result"), "the result")
    try await second.expectOutcome(data.expect("outcome"), reason: data.expect("button_reason"))
}

@Sendable func unknownDetail(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _, request) = try await enrolled.receive()
    let review = try enrolled.review(request)
    try await expectError(data.expect("error")) { try review.approvable() }
    try await expectError(data.expect("error")) { try review.rendered(report: report(review)) }
    let denied = try await request.deny(.other)
    try expectEqual(denied.text, data.expect("result"), "the result")
    try await created.expectOutcome(data.expect("outcome"), reason: data.expect("reason"))
}
