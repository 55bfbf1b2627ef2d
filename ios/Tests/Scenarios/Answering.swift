import Countersign
import TestSupport

// What the user sees and answers.

@Sendable func review(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let review = try customer.look(request)
    try same(review.binding(), .entry(length: 6, charset: .digits), "the binding")
    try review.approvable()
    let german = try request.review(language: .de).fields()
    try same(german.first { $0.id == "amount" }?.value, data.expect("amount_de"), "the amount in German")

    let rest = Array(review.fields().map(\.id).dropFirst())
    for (code, report) in [
        ("field_missing", report(review, drawn: rest)), ("screen_obscured", report(review, obscured: true)),
        ("screen_shared", report(review, shared: true)),
    ] {
        try await refused(code) { try request.review(language: .en).rendered(report: report) }
    }
    _ = try request.review(language: .en).rendered(report: report(review, callActive: true))
    try await customer.approves(request, asked)
}

@Sendable func entryRight(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let ticket = try customer.draw(request)
    try await refused("binding_length") { try await ticket.approve(binding: data.expect("short")) }
    try await asked.comes("pending")
    try await customer.approves(request, asked)
    let history = try customer.history
    try same(history.map(\.txn), [request.txn()], "the history")
    try same(history[0].client, "ACME Shop")
    try same(history[0].answer, .approve)
    try same(history[0].outcome, .accepted)
}

@Sendable func entryWrong(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    try await customer.approves(request, asked)
    try await refused(data.expect("again")) { try customer.device.request(txn: request.txn()) }
}

@Sendable func denyWithReason(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let denied = try await customer.look(request).deny(.wrongDetails, shownMs: 1200)
    try same(denied.words, data.expect("result"), "the result")
    try await asked.comes(data.expect("outcome"), because: data.expect("reason"))
    let history = try customer.history
    try same(history.count, 1, "the length of the history")
    try same(history[0].answer, .deny)
    try same(history[0].reason, .wrongDetails)
    try same(history[0].outcome, .accepted)

    let (second, _, other) = try await customer.receive()
    let byButton = try await customer.device.deny(txn: other.txn(), reason: .unexpected)
    try same(byButton.words, data.expect("result"), "the result")
    try await second.comes(data.expect("outcome"), because: data.expect("button_reason"))
}

@Sendable func unknownDetail(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let review = try customer.look(request)
    try await refused(data.expect("error")) { try review.approvable() }
    try await refused(data.expect("error")) { try review.rendered(report: report(review)) }
    let denied = try await request.deny(.other)
    try same(denied.words, data.expect("result"), "the result")
    try await asked.comes(data.expect("outcome"), because: data.expect("reason"))
}
