import Countersign
import TestSupport
import XCTest

/// Invalid input from the app or the network.
final class BadInputTests: XCTestCase {
    func testMalformedPushesAreRejected() async throws {
        let enrolled = try await Enrolled()
        let (_, push) = try await enrolled.requestPush()
        let huge = String(repeating: "A", count: 10_000_000)
        var bad: [[String: String]] = [
            [:], ["": ""], ["v": "1"], ["v": "1", "e": "", "p": ""], ["\0": "\0"], [huge: huge],
            ["aps": "{}", "v": "2", "e": "x", "p": "y"],
            Dictionary(uniqueKeysWithValues: (0..<10000).map { ("\($0)", "x") }),
        ]
        for name in push.keys {
            for value in ["", "\0", "\u{202E}", "é", huge, "....", "1.2.3.4.5"] {
                var modified = push
                modified[name] = value
                bad.append(modified)
            }
            var incomplete = push
            incomplete[name] = nil
            bad.append(incomplete)
        }
        for push in bad {
            let thrown = await code { try enrolled.device.receive(push: push) }
            XCTAssertEqual(thrown, "rejected")
        }
        guard case .request = try enrolled.device.receive(push: push) else {
            return XCTFail("the valid push is not accepted")
        }
    }

    func testInvalidLinksAreNoOffers() async throws {
        let phone = try Phone()
        let long = "https://bank.example/enrol#v=1&i=" + String(repeating: "x", count: 5_000_000)
        for link in [
            "", "\0", "https://", "enrol#v=1", "javascript:alert(1)", "https://bank.example/enrol#v=2&i=a", long,
        ] {
            let thrown = await code { try phone.device.parseOffer(link: link) }
            XCTAssertEqual(thrown, "offer_invalid")
        }
    }

    func testUnknownIdentifiersAreErrors() async throws {
        let enrolled = try await Enrolled()
        for name in ["", "\0", "no-such", String(repeating: "x", count: 1_000_000), "🦀"] {
            let request = await code { try enrolled.device.request(txn: name) }
            XCTAssertEqual(request, "unknown_request")
            let denied = await code { try await enrolled.device.deny(txn: name, reason: .other) }
            XCTAssertEqual(denied, "unknown_request")
            let enrolment = await code { try enrolled.device.enrolment(id: name) }
            XCTAssertEqual(enrolment, "unknown_enrolment")
            let fetched = await code { try await enrolled.device.fetch(enrolmentId: name, txn: "x") }
            XCTAssertEqual(fetched, "unknown_enrolment")
        }
    }

    func testReviewAndTicketAreUsableOnce() async throws {
        let enrolled = try await Enrolled()
        let (id, request) = try await enrolled.receive()
        let review = try request.review(language: .en)
        let report = RenderReport(
            drawn: review.fields().map(\.id), shownMs: 1000, obscured: false, shared: false, callActive: false)
        let ticket = try review.rendered(report: report)
        let again = await code { try review.rendered(report: report) }
        XCTAssertEqual(again, "used")
        let denied = await code { try await review.deny(.other, shownMs: 1) }
        XCTAssertEqual(denied, "used")
        let outcome = try await ticket.approve()
        XCTAssertEqual(outcome, .confirmed)
        let twice = await code { try await ticket.approve() }
        XCTAssertEqual(twice, "used")
        let decided = try await enrolled.outcome(id)
        XCTAssertEqual(decided, "approved")
    }

    func testInvalidRenderReportsAreRejected() async throws {
        let enrolled = try await Enrolled()
        let (_, request) = try await enrolled.receive()
        let ids = try request.review(language: .en).fields().map(\.id)
        for (drawn, expected) in [
            ([], "field_missing"), (Array(ids.dropLast()), "field_missing"), (ids + ["another"], "field_unknown"),
            (ids + [String(repeating: "x", count: 1_000_000)], "field_unknown"),
        ] {
            let thrown = await code {
                let report = RenderReport(
                    drawn: drawn, shownMs: 1000, obscured: false, shared: false, callActive: false)
                return try request.review(language: .en).rendered(report: report)
            }
            XCTAssertEqual(thrown, expected)
        }
    }

    func testInvalidDerIsArgumentError() async throws {
        for bytes in [Data(), Data([0x30]), Data(repeating: 0xFF, count: 72), Data(repeating: 0, count: 1_000_000)] {
            let signature = await code { try rawSignature(der: bytes) }
            XCTAssertEqual(signature, "argument")
            let key = await code { try publicKeyFromSpki(der: bytes) }
            XCTAssertEqual(key, "argument")
        }
    }

    func testConcurrentCallsReceiveRequestOnce() async throws {
        let enrolled = try await Enrolled()
        let (id, push) = try await enrolled.requestPush()
        let device = enrolled.device
        let kinds = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<64 {
                group.addTask {
                    if number % 4 == 3 { _ = try await device.refresh() }
                    _ = try device.pending().map { $0.txn() } + device.enrolments().map(\.id)
                    switch try device.receive(push: push) {
                    case .request: return "request"
                    case .duplicate: return "duplicate"
                    default: return "other"
                    }
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        XCTAssertLessThanOrEqual(kinds["request", default: 0], 1)
        XCTAssertEqual(kinds["request", default: 0] + kinds["duplicate", default: 0], 64)
        let pending = try device.pending()
        XCTAssertEqual(pending.count, 1)
        // Only one of several concurrent decisions is accepted.
        let outcomes = await withTaskGroup(of: Outcome?.self) { group in
            for _ in 0..<16 { group.addTask { try? await pending[0].deny(.notMe) } }
            return await group.reduce(into: [Outcome]()) { if let outcome = $1 { $0.append(outcome) } }
        }
        XCTAssertEqual(outcomes, [.confirmed])
        let outcome = try await enrolled.outcome(id)
        XCTAssertEqual(outcome, "denied")
    }
}
