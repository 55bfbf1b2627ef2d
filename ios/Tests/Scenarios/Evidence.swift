import Countersign
import Foundation
import TestSupport

// The evidence of decisions.

@Sendable func evidence(_ issuer: TestIssuer, _ data: ScenarioData) async throws {
    let enrolled = try await EnrolledPhone(issuer, data)
    let enrolment = try enrolled.device.enrolment(id: enrolled.enrolment)
    try expectEqual(enrolment.evidence(), nil, "the evidence without decisions")
    let (created, _, request) = try await enrolled.receive()
    let txn = request.txn()
    try expectEqual(enrolled.device.evidence(txn: txn), nil, "the evidence of a pending request")
    try await enrolled.expectApproval(request, created)
    let (_, _, second) = try await enrolled.receive()
    let denied = try await enrolled.device.deny(txn: second.txn(), reason: .notMe)
    try expectEqual(denied.text, data.expect("result"), "the denial")

    guard let file = try enrolment.evidence() else { throw Failure("there is no evidence of the enrolment") }
    let all = try Verified(file)
    try expectEqual(all.good, true, "the evidence of the enrolment")
    try expectEqual(all.records.map(\.decision), ["approve", "deny"], "the decisions")
    try expectEqual(all.records.map(\.counts), [true, true], "the confirmed decisions")
    try expectEqual(all.records.first?.txn, txn, "the first request")

    guard let one = try enrolled.device.evidence(txn: txn) else { throw Failure("there is no evidence of the request") }
    try expectEqual(try Verified(one).records.map(\.txn), [txn], "the evidence of the request")

    let (place, other) = (try data.expect("place"), try data.expect("other_place"))
    try expectEqual(file.contains(place), true, "the place in the evidence")
    let modified = file.replacingOccurrences(of: place, with: other)
    try expectEqual(try Verified(modified).good, false, "the modified evidence")
}

/// The result of `countersign verify-evidence`.
private struct Verified {
    struct Record: Decodable {
        let decision: String
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
        let (exitCode, output) = try ServerProcess.command(["verify-evidence", "-", "--json"], input: file)
        let document = try JSONDecoder().decode(Document.self, from: output)
        try expectEqual(document.ok, exitCode == 0, "the exit code")
        (good, records) = (document.ok, document.records)
    }
}
