import Countersign
import TestSupport

/// A phone with an active enrolment.
final class EnrolledPhone: Sendable {
    let phone: Phone
    let issuer: TestIssuer
    let data: ScenarioData
    let token: String
    let enrolment: String

    /// Creates a new phone and enrols it.
    convenience init(_ issuer: TestIssuer, _ data: ScenarioData, clock: TestClock = TestClock()) async throws {
        try await issuer.server.removePhones()
        try await self.init(Phone(clock: clock), issuer, data, token: data.name)
    }

    /// Enrols an existing phone at an issuer.
    init(_ phone: Phone, _ issuer: TestIssuer, _ data: ScenarioData, token: String) async throws {
        (self.phone, self.issuer, self.data, self.token) = (phone, issuer, data, token)
        enrolment = try await phone.enrolAndConfirm(at: issuer.server, token: token).info().id
    }

    var device: Authenticator { phone.device }

    func expect(_ name: String) throws -> String { try data.expect(name) }

    var info: EnrolmentInfo { get throws { try device.enrolment(id: enrolment).info() } }

    var history: [HistoryEntry] { get throws { try device.enrolment(id: enrolment).history() } }

    /// The identifiers of the pending requests.
    var pending: [String] { get throws { try device.pending().map { $0.txn() } } }

    /// Creates a request and returns its push.
    func requestPush() async throws -> (created: TestRequest, push: [String: String]) {
        (try await issuer.request(data), try await issuer.control.takePush(token))
    }

    /// Creates a request and receives its push.
    func receive() async throws -> (created: TestRequest, push: [String: String], request: PendingRequest) {
        let (created, push) = try await requestPush()
        return (created, push, try request(push))
    }

    func request(_ push: [String: String]) throws -> PendingRequest {
        let received = try device.receive(push: push)
        guard case .request(let request) = received else {
            throw Failure("the push contains \(received), not a request")
        }
        return request
    }

    func duplicate(_ push: [String: String], _ txn: String, file: String = #fileID, line: Int = #line) throws {
        let received = try device.receive(push: push)
        guard case .duplicate(txn) = received else {
            throw Failure("the push contains \(received), not a duplicate of \(txn) (\(file):\(line))")
        }
    }

    /// Returns the review of a request after comparing it with the data.
    func review(_ request: PendingRequest) throws -> Review {
        let review = try request.review(language: .en)
        let fields = review.fields()
        try expectEqual(fields.map(\.id), data.fields.map(\.id), "the list of fields")
        for (field, wanted) in zip(fields, data.fields) {
            if let value = wanted.value { try expectEqual(field.value, value, "the field \(field.id)") }
        }
        return review
    }

    func ticket(_ request: PendingRequest) throws -> Ticket {
        let review = try review(request)
        return try review.rendered(report: report(review))
    }

    func approve(_ request: PendingRequest) async throws -> String {
        try await ticket(request).approve(binding: data.typed).text
    }

    /// Approves and compares the result and the outcome with the data.
    func expectApproval(
        _ request: PendingRequest, _ created: TestRequest, file: String = #fileID, line: Int = #line
    ) async throws {
        try expectEqual(try await approve(request), expect("result"), "the result", file: file, line: line)
        try await created.expectOutcome(expect("outcome"), file: file, line: line)
    }

    /// Refreshes and expects no failures and a number of new requests.
    @discardableResult
    func refresh(newRequests count: Int = 0, file: String = #fileID, line: Int = #line) async throws -> [String] {
        let refreshed = try await device.refresh()
        try expectEqual(refreshed.failed.map(\.code), [], "the failures", file: file, line: line)
        try expectEqual(refreshed.newRequests.count, count, "the number of new requests", file: file, line: line)
        return refreshed.newRequests
    }

    /// Advances the clock of the issuer and the monotonic clock of the phone.
    func advanceTime() async throws {
        try await issuer.shift(seconds: data.shiftSeconds)
        phone.clock.pass(seconds: try data.shiftSeconds)
    }

    /// The number of decisions that the server accepted.
    var acceptedDecisions: Int { phone.transport.accepted.now.count }
}

/// Returns a render report. Without `drawn` it contains every field.
func report(
    _ review: Review, drawn: [String]? = nil, obscured: Bool = false, shared: Bool = false, callActive: Bool = false
) -> RenderReport {
    RenderReport(
        drawn: drawn ?? review.fields().map(\.id), shownMs: 1000, obscured: obscured, shared: shared,
        callActive: callActive)
}
