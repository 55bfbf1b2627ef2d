import Countersign
import TestSupport

// Keys and enrolments that end.

@Sendable func rotate(_ bank: Bank, _ data: ScenarioData) async throws {
    try await replaceKeys(bank, data, stay: 3, forGood: 1) { try await $0.rotateKeys() }
}

@Sendable func rotateAll(_ bank: Bank, _ data: ScenarioData) async throws {
    try await replaceKeys(bank, data, stay: 2, forGood: 0) { try await $0.rotateAllKeys() }
}

/// New keys; so many of those of before stay for what is on its way, and so many for good.
private func replaceKeys(
    _ bank: Bank, _ data: ScenarioData, stay: Int, forGood: Int, with replace: @Sendable (Enrolment) async throws -> Void
) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let (onItsWay, push) = try await customer.ring()
    let before = customer.phone.keys.held
    let held = { customer.phone.keys.held }
    try await replace(try customer.device.enrolment(id: customer.enrolment))
    try same(try customer.info.state, .active)
    try same(held().count, 5, "the number of keys")
    try same(held().intersection(before).count, stay, "the number of keys that stayed")
    try await customer.approves(request, asked)
    try await customer.approves(try customer.request(push), onItsWay)
    try await receiveAndApprove()
    try customer.phone.reopen()
    try await receiveAndApprove()

    try await customer.timePasses()
    try await customer.refresh()
    try same(held().count, 3, "the number of keys")
    try same(held().intersection(before).count, forGood, "the number of keys that stayed")
    try await receiveAndApprove()

    func receiveAndApprove() async throws {
        let (asked, _, request) = try await customer.receive()
        try await customer.approves(request, asked)
    }
}

@Sendable func unenrolByPhone(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, push, request) = try await customer.receive()
    try await customer.device.enrolment(id: customer.enrolment).unenrol()
    try same(try customer.info.state, .revoked)
    try same(customer.phone.keys.held.count, 0, "the number of keys")
    try same(try await bank.control.phones(), [:], "the list of phones")
    try await refused("rejected") { try customer.device.receive(push: push) }
    try await refused(data.expect("error")) { try customer.device.request(txn: request.txn()) }
    try await asked.comes(data.expect("outcome"))
    do {
        _ = try await bank.ask(data)
        throw Failure("the bank asked although there is no phone")
    } catch let refusal as Control.Refused {
        try same(refusal.code, data.expect("refused"), "the code of the problem")
    }
    try customer.phone.reopen()
    try same(try customer.info.state, .revoked)
}

@Sendable func unenrolByServer(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _, request) = try await customer.receive()
    let ticket = try customer.draw(request)
    _ = try await bank.control.post("/unenrol", ["enrolment": .text(customer.enrolment)])
    let news = try customer.device.receive(push: try await bank.control.takePush(customer.token))
    guard case .status(customer.enrolment, .revoked) = news else { throw Failure("the push brought \(news)") }
    try await refused(data.expect("error")) { try await ticket.approve(binding: data.typed) }
    try same(try customer.info.state, .revoked)
    _ = try await customer.device.refresh()
    try same(customer.phone.keys.held.count, 0, "the number of keys")
    try await asked.comes(data.expect("outcome"))
    try same(customer.arrived, 0, "the number of decisions that arrived")
    try customer.phone.reopen()
    try same(try customer.info.state, .revoked)
}
