import Countersign
import TestSupport

// The enrolment of phones and the delivery of requests.

@Sendable func enrol(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    try await issuer.server.removePhones()
    let phone = try Phone()
    let offered = try await issuer.control.post("/offer", ["account": "alice"])
    guard let link = offered["link"].text else { throw Failure("the response of /offer has no link") }
    let offer = try phone.device.parseOffer(link: link)
    try expectEqual(offer.issuer(), issuer.server.url, "the issuer")
    let enrolment = try await phone.device.enrol(offer: offer, push: PushAddress(kind: .fcm, token: data.name))
    let waiting = try enrolment.info()
    try expectEqual(waiting.state, .pending)
    let code = waiting.confirmCode ?? ""
    try expectTrue(code.count == 6 && code.allSatisfy { $0.isASCII && $0.isNumber }, "the code has six digits")
    try expectEqual(waiting.accountLabel, data.expect("account"), "the account")
    try expectEqual(waiting.protection, Protections(dk: .software, uvk: .software, ek: .software), "the protection")
    try expectEqual(phone.keys.held.count, 3, "the number of keys")

    let confirmed = try await issuer.control.post("/confirm", ["offer": offered["offer"], "code": .text(code)])
    try expectEqual(confirmed, ["state": "active"])
    let received = try phone.device.receive(push: try await issuer.control.takePush(data.name))
    guard case .status(waiting.id, .active) = received else { throw Failure("the push contains \(received)") }
    try expectEqual(try enrolment.info().state, .active)
    try expectEqual(try enrolment.info().confirmCode, nil)
    try expectEqual(try await issuer.control.phones(), [waiting.id: "active"], "the list of phones")

    try await expectError(data.expect("again")) {
        try await phone.device.enrol(
            offer: phone.device.parseOffer(link: link), push: PushAddress(kind: .fcm, token: data.name))
    }
    try expectEqual(try phone.device.enrolments().count, 1)
    try expectEqual(phone.keys.held.count, 3, "the number of keys")
}

@Sendable func sealedPush(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, push) = try await enrolled.requestPush()
    try expectEqual(Set(push.keys), ["v", "e", "p"], "the members of the push")
    let request = try enrolled.request(push)
    try expectEqual(try enrolled.pending, [request.txn()], "the pending requests")
    try await enrolled.refresh()
    try await enrolled.expectApproval(request, created)
    try expectEqual(try enrolled.pending, [], "the pending requests")
}

@Sendable func wakePush(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, push) = try await enrolled.requestPush()
    try expectEqual(Set(push.keys), ["v", "e", "w"], "the members of the push")
    let received = try enrolled.device.receive(push: push)
    guard case .fetch(let enrolment, let txn) = received else { throw Failure("the push contains \(received)") }
    try expectEqual([enrolment, txn], [enrolled.enrolment, push["w"]], "the announced request")
    try expectEqual(try enrolled.pending, [], "the pending requests")
    let request = try await enrolled.device.fetch(enrolmentId: enrolment, txn: txn)
    try expectEqual(request.txn(), txn)
    try enrolled.duplicate(push, txn)
    try await enrolled.expectApproval(request, created)
}

@Sendable func fetch(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, _) = try await enrolled.requestPush()
    let received = try await enrolled.refresh(newRequests: 1)
    try expectEqual(try enrolled.pending, received, "the pending requests")
    try await enrolled.refresh()
    try await expectError(data.expect("missing")) {
        try await enrolled.device.fetch(enrolmentId: enrolled.enrolment, txn: "no-such-request")
    }
    try await enrolled.expectApproval(try enrolled.device.request(txn: received[0]), created)
}

@Sendable func replay(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let (created, push, request) = try await enrolled.receive()
    let txn = request.txn()
    try enrolled.duplicate(push, txn)
    try expectEqual(try enrolled.pending, [txn], "the pending requests")
    var altered = push
    let sealed = push["p"] ?? ""
    altered["p"] = sealed.dropLast() + (sealed.last == "A" ? "B" : "A")
    var halved = push
    halved["e"] = nil
    for bad in [altered, halved] {
        try await expectError("rejected") { try enrolled.device.receive(push: bad) }
    }
    try expectEqual(try await enrolled.approve(request), enrolled.expect("result"), "the result")
    try enrolled.duplicate(push, txn)
    try expectEqual(try enrolled.pending, [], "the pending requests")
    try await expectError(data.expect("again")) { try enrolled.device.request(txn: txn) }
    try await created.expectOutcome(data.expect("outcome"))
    try expectEqual(enrolled.acceptedDecisions, 1, "the number of accepted decisions")
}
