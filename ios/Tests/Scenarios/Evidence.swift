import Countersign
import Foundation
import TestSupport

// What the phone can prove.

@Sendable func evidence(_ bank: Bank, _ data: ScenarioData) async throws {
    let customer = try await Customer(bank, data)
    let enrolment = try customer.device.enrolment(id: customer.enrolment)
    try same(enrolment.evidence(), nil, "evidence of no answers")
    let (asked, _, request) = try await customer.receive()
    let txn = request.txn()
    try same(customer.device.evidence(txn: txn), nil, "evidence of no answer")
    try await customer.approves(request, asked)
    let (_, _, second) = try await customer.receive()
    let denied = try await customer.device.deny(txn: second.txn(), reason: .notMe)
    try same(denied.words, data.expect("result"), "the denial")

    guard let file = try enrolment.evidence() else { throw Failure("no evidence of the enrolment") }
    let all = try Verified(file)
    try same(all.good, true, "evidence of the enrolment")
    try same(all.records.map(\.answer), ["approve", "deny"], "the answers")
    try same(all.records.map(\.counts), [true, true], "what counts")
    try same(all.records.first?.txn, txn, "the first one")

    guard let one = try customer.device.evidence(txn: txn) else { throw Failure("no evidence of the request") }
    try same(try Verified(one).records.map(\.txn), [txn], "evidence of the request")

    let (place, other) = (try data.expect("place"), try data.expect("other_place"))
    try same(file.contains(place), true, "the place in the evidence")
    try same(try Verified(file.replacingOccurrences(of: place, with: other)).good, false, "changed evidence")
}

/// What `countersign verify-evidence` made of a file.
private struct Verified {
    struct Record: Decodable {
        let answer: String
        let counts: Bool
        let txn: String
    }

    private struct Document: Decodable {
        let ok: Bool
        let records: [Record]
    }

    let good: Bool
    let records: [Record]

    init(_ file: String) throws {
        let (exitCode, said) = try ServerProcess.command(["verify-evidence", "-", "--json"], input: file)
        let document = try JSONDecoder().decode(Document.self, from: said)
        try same(document.ok, exitCode == 0, "ok and the exit code")
        (good, records) = (document.ok, document.records)
    }
}
