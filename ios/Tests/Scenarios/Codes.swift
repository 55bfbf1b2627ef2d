import Countersign
import Foundation
import TestSupport

// A phone without network: the request and the answer go by code, from screen to screen.

@Sendable func codesWithoutNetwork(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (device, transport) = (customer.device, customer.phone.transport)
    transport.mode.now = .refuses
    let asked = try await bank.ask(data)
    let shown = try await asked.shown
    try same(shown.count, 1, "the number of requests that are shown")
    let request = try device.receiveScanned(text: shown[0])
    let txn = request.txn()

    let other = try data.expect("other_code")
    try await refused("rejected") { try device.receiveScanned(text: other) }
    try await refused("unanswered") { try device.decisionToShow(txn: txn) }
    try same(try customer.look(request).binding(), .scan, "the binding")
    try await refused("binding_not_the_code") { try await customer.draw(request).approve(binding: other) }
    try same(try await customer.approve(request), data.expect("offline"), "the result")
    try await asked.comes("pending")

    let answer = try device.decisionToShow(txn: txn)
    try same(try await asked.scanned(answer), data.expect("taken"), "what became of the answer that was brought")
    try await asked.comes(data.expect("outcome"))
    try same(customer.arrived, 0, "the number of decisions that arrived")

    transport.mode.now = .works
    try await customer.refresh()
    try same(transport.arrived.now, [Data(answer.utf8)], "what arrived")
    let history = try customer.history
    try same(history.count, 1, "the length of the history")
    try same(history[0].answer, .approve)
    try same(history[0].outcome, .accepted)
    try await refused("settled") { try device.decisionToShow(txn: txn) }
}
