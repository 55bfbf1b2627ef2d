import Countersign
import TestSupport

// How phones come and how requests reach them.

@Sendable func enrol(_ bank: Bank, _ data: ScenarioData) async throws {
    try await bank.server.removePhones()
    let phone = try Phone()
    let offered = try await bank.control.post("/offer", ["account": "alice"])
    guard let link = offered["link"].text else { throw Failure("/offer gave no link") }
    let offer = try phone.device.parseOffer(link: link)
    try same(offer.issuer(), bank.server.url, "the issuer")
    let enrolment = try await phone.device.enrol(offer: offer, push: PushAddress(kind: .fcm, token: data.name))
    let waiting = try enrolment.info()
    try same(waiting.state, .pending)
    let code = waiting.confirmCode ?? ""
    try holds(code.count == 6 && code.allSatisfy { $0.isASCII && $0.isNumber }, "the code is six digits")
    try same(waiting.accountLabel, data.expect("account"), "the account")
    try same(waiting.protection, Protections(dk: .software, uvk: .software, ek: .software), "the protection")
    try same(phone.keys.held.count, 3, "the number of keys")

    let confirmed = try await bank.control.post("/confirm", ["offer": offered["offer"], "code": .text(code)])
    try same(confirmed, ["state": "active"])
    let news = try phone.device.receive(push: try await bank.control.takePush(data.name))
    guard case .status(waiting.id, .active) = news else { throw Failure("the push brought \(news)") }
    try same(try enrolment.info().state, .active)
    try same(try enrolment.info().confirmCode, nil)
    try same(try await bank.control.phones(), [waiting.id: "active"], "the list of phones")

    try await refused(data.expect("again")) {
        try await phone.device.enrol(
            offer: phone.device.parseOffer(link: link), push: PushAddress(kind: .fcm, token: data.name))
    }
    try same(try phone.device.enrolments().count, 1)
    try same(phone.keys.held.count, 3, "the number of keys")
}

@Sendable func sealedPush(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, push) = try await customer.ring()
    try same(Set(push.keys), ["v", "e", "p"], "the members of the push")
    let request = try customer.request(push)
    try same(try customer.pending, [request.txn()], "what waits")
    try await customer.refresh()
    try await customer.approves(request, asked)
    try same(try customer.pending, [], "what waits")
}

@Sendable func wakePush(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, push) = try await customer.ring()
    try same(Set(push.keys), ["v", "e", "w"], "the members of the push")
    let received = try customer.device.receive(push: push)
    guard case .fetch(let enrolment, let txn) = received else { throw Failure("the push brought \(received)") }
    try same([enrolment, txn], [customer.enrolment, push["w"]], "the hint")
    try same(try customer.pending, [], "what waits")
    let request = try await customer.device.fetch(enrolmentId: enrolment, txn: txn)
    try same(request.txn(), txn)
    try customer.duplicate(push, txn)
    try await customer.approves(request, asked)
}

@Sendable func fetch(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, _) = try await customer.ring()
    let brought = try await customer.refresh(brings: 1)
    try same(try customer.pending, brought, "what waits")
    try await customer.refresh()
    try await refused(data.expect("missing")) {
        try await customer.device.fetch(enrolmentId: customer.enrolment, txn: "no-such-request")
    }
    try await customer.approves(try customer.device.request(txn: brought[0]), asked)
}

@Sendable func replay(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let (asked, push, request) = try await customer.receive()
    let txn = request.txn()
    try customer.duplicate(push, txn)
    try same(try customer.pending, [txn], "what waits")
    var altered = push
    let sealed = push["p"] ?? ""
    altered["p"] = sealed.dropLast() + (sealed.last == "A" ? "B" : "A")
    var halved = push
    halved["e"] = nil
    for bad in [altered, halved] {
        try await refused("rejected") { try customer.device.receive(push: bad) }
    }
    try same(try await customer.approve(request), customer.expect("result"), "the result")
    try customer.duplicate(push, txn)
    try same(try customer.pending, [], "what waits")
    try await refused(data.expect("again")) { try customer.device.request(txn: txn) }
    try await asked.comes(data.expect("outcome"))
    try same(customer.arrived, 1, "the number of decisions that arrived")
}
