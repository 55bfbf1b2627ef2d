import Countersign
import TestSupport

// Clocks that move and clocks that are wrong.

@Sendable func expired(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, push, request) = try await customer.receive()
    let review = try customer.look(request)
    let ticket = try customer.draw(request)
    try await customer.timePasses()
    let error = try data.expect("error")
    try await refused(error) { try await ticket.approve(binding: data.typed) }
    try same(try customer.pending, [], "what waits")
    try await refused(error) { try customer.device.request(txn: request.txn()) }
    try await refused(error) { try request.review(language: .en) }
    try await asked.comes(data.expect("outcome"))
    try same(customer.arrived, 0, "the number of decisions that arrived")
    try await customer.refresh()
    try customer.duplicate(push, request.txn())
    _ = review
}

@Sendable func clockWrong(_ bank: Bank, _ data: ScenarioData) async throws {
    let tenYears = 315_360_000
    let clock = TestClock()
    clock.shiftWall(seconds: -tenYears)
    let customer = try await Customer(bank, data, clock: clock)
    let (first, _, behind) = try await customer.receive()
    try await customer.approves(behind, first)

    clock.shiftWall(seconds: tenYears)
    let (second, _, ahead) = try await customer.receive()
    try await customer.approves(ahead, second)

    clock.restart()
    try customer.phone.reopen()
    let (third, push) = try await customer.ring()
    try await refused("rejected") { try customer.device.receive(push: push) }
    let brought = try await customer.refresh(brings: 1)
    try await customer.approves(try customer.device.request(txn: brought[0]), third)

    let (last, _, request) = try await customer.receive()
    let txn = request.txn()
    try await customer.timePasses()
    clock.shiftWall(seconds: -tenYears)
    try await refused(data.expect("error")) { try customer.device.request(txn: txn) }
    clock.restart()
    try customer.phone.reopen()
    try await refused(data.expect("error")) { try customer.device.request(txn: txn) }
    try await last.comes("expired")
}
