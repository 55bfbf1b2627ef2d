import Countersign
import TestSupport

// More than one server, and a server with other keys.

@Sendable func twoIssuers(_ bank: Bank, _ data: ScenarioData) async throws {
    let first = try await Customer(bank, data)
    let otherBank = try Bank()
    defer { otherBank.stop() }
    let second = try await Customer(first.phone, otherBank, data, token: "two_issuers_b")
    let (asked, push) = try await first.ring()
    let (askedThere, pushThere) = try await second.ring()
    for (one, other) in [(push, pushThere), (pushThere, push)] {
        var crossed = one
        crossed["e"] = other["e"]
        try await refused("rejected") { try first.device.receive(push: crossed) }
    }
    let request = try first.request(push)
    let requestThere = try first.request(pushThere)
    try same(try request.enrolmentId(), first.enrolment)
    try same(try requestThere.enrolmentId(), second.enrolment)
    try same(try first.pending.count, 2, "the number of requests that wait")

    try await first.approves(request, asked)
    try await askedThere.comes("pending")
    let denied = try await first.device.deny(txn: requestThere.txn(), reason: .unexpected)
    try same(denied.words, data.expect("result"), "the result")
    try await askedThere.comes(data.expect("outcome_b"), because: data.expect("reason_b"))
    try await asked.comes(data.expect("outcome"))
}

@Sendable func serverKeyRollover(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (askedBefore, _, before) = try await customer.receive()
    _ = try await bank.control.post("/rotate-keys", [:])
    let (asked, push) = try await customer.ring()
    try await refused("rejected") { try customer.device.receive(push: push) }
    let brought = try await customer.refresh(brings: 1)
    try await customer.approves(try customer.device.request(txn: brought[0]), asked)
    try await customer.approves(before, askedBefore)
    let (_, _, third) = try await customer.receive()
    try same(try await customer.approve(third), data.expect("result"), "the result")
}
