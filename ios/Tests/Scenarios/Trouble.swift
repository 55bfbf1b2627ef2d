import Countersign
import TestSupport

// What goes wrong between the user's answer and the server.

@Sendable func offlineThenFlush(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let transport = customer.phone.transport
    transport.mode.now = .refuses
    try same(try await customer.approve(request), data.expect("offline"), "the result")
    try await asked.comes("pending")
    let failed = try await customer.device.refresh().failed
    try same(failed.map { [$0.enrolmentId, $0.code] }, [[customer.enrolment, "unreachable"]], "what failed")
    try same(try customer.pending, [], "what waits")
    try await refused("not_pending") { try customer.device.request(txn: request.txn()) }

    transport.mode.now = .works
    try await customer.refresh()
    try await asked.comes(data.expect("outcome"))
    let history = try customer.history
    try same(history.count, 1, "the length of the history")
    try same(history[0].answer, .approve)
    try same(history[0].outcome, .accepted)
    try same(customer.arrived, 1, "the number of decisions that arrived")
    try await customer.refresh()
    try same(customer.arrived, 1, "the number of decisions that arrived")
}

@Sendable func killedBetweenSignAndSend(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let transport = customer.phone.transport
    transport.mode.now = .keepsDecisions
    let ticket = try customer.draw(request)
    let approving = Task { try await ticket.approve(binding: data.typed) }
    await transport.decisionTaken()
    approving.cancel()
    try await refused("cancelled") { try await approving.value }
    try await asked.comes("pending")

    let fresh = TestTransport()
    try customer.phone.reopen(transport: fresh)
    try same(try customer.pending, [], "what waits")
    try await customer.refresh()
    try same(fresh.arrived.now, transport.kept.now, "what arrived")
    try same(customer.arrived, 1, "the number of decisions that arrived")
    try await asked.comes(data.expect("outcome"))
    try await customer.refresh()
    try same(customer.arrived, 1, "the number of decisions that arrived")
}

@Sendable func keyInvalidated(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    customer.phone.keys.faults.with { $0.sign = { prompt in if prompt != nil { throw KeyStoreError.invalidated } } }
    try await refused(data.expect("error")) { try await customer.approve(request) }
    try same(try customer.pending, [request.txn()], "what waits")
    try await asked.comes("pending")
    try same(customer.arrived, 0, "the number of decisions that arrived")
    let denied = try await customer.device.deny(txn: request.txn(), reason: .notMe)
    try same(denied.words, data.expect("result"), "the result")
    try await asked.comes(data.expect("outcome"), because: data.expect("reason"))
}
