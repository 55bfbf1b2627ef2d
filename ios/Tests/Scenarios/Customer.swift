import Countersign
import TestSupport

/// A phone with an active enrolment, and the person who holds it.
final class Customer: Sendable {
    let phone: Phone
    let bank: Bank
    let data: ScenarioData
    let token: String
    let enrolment: String

    /// A fresh phone, as the scenarios begin.
    convenience init(_ bank: Bank, _ data: ScenarioData, clock: TestClock = TestClock()) async throws {
        try await bank.server.removePhones()
        try await self.init(Phone(clock: clock), bank, data, token: data.name)
    }

    /// A phone that is there, with an enrolment at this bank.
    init(_ phone: Phone, _ bank: Bank, _ data: ScenarioData, token: String) async throws {
        (self.phone, self.bank, self.data, self.token) = (phone, bank, data, token)
        enrolment = try await phone.enrolAndConfirm(at: bank.server, token: token).info().id
    }

    var device: Authenticator { phone.device }

    func expect(_ name: String) throws -> String { try data.expect(name) }

    var info: EnrolmentInfo { get throws { try device.enrolment(id: enrolment).info() } }

    var history: [HistoryEntry] { get throws { try device.enrolment(id: enrolment).history() } }

    /// The names of the requests that wait.
    var pending: [String] { get throws { try device.pending().map { $0.txn() } } }

    /// Asks and takes the push.
    func ring() async throws -> (asked: Asked, push: [String: String]) {
        (try await bank.ask(data), try await bank.control.takePush(token))
    }

    /// Asks, takes the push and receives it: a request.
    func receive() async throws -> (asked: Asked, push: [String: String], request: PendingRequest) {
        let (asked, push) = try await ring()
        return (asked, push, try request(push))
    }

    func request(_ push: [String: String]) throws -> PendingRequest {
        let received = try device.receive(push: push)
        guard case .request(let request) = received else { throw Failure("the push brought \(received), not a request") }
        return request
    }

    func duplicate(_ push: [String: String], _ txn: String, file: String = #fileID, line: Int = #line) throws {
        let received = try device.receive(push: push)
        guard case .duplicate(txn) = received else {
            throw Failure("the push brought \(received), not a duplicate of \(txn) (\(file):\(line))")
        }
    }

    /// Lays the request out and compares with the data.
    func look(_ request: PendingRequest) throws -> Review {
        let review = try request.review(language: .en)
        let shown = review.fields()
        try same(shown.map(\.id), data.fields.map(\.id), "the list of fields")
        for (field, wanted) in zip(shown, data.fields) {
            if let value = wanted.value { try same(field.value, value, "the field \(field.id)") }
        }
        return review
    }

    func draw(_ request: PendingRequest) throws -> Ticket {
        let review = try look(request)
        return try review.rendered(report: report(review))
    }

    func approve(_ request: PendingRequest) async throws -> String {
        try await draw(request).approve(binding: data.typed).words
    }

    /// Approves; the result and the outcome are those that the data expects.
    func approves(_ request: PendingRequest, _ asked: Asked, file: String = #fileID, line: Int = #line) async throws {
        try same(try await approve(request), expect("result"), "the result", file: file, line: line)
        try await asked.comes(expect("outcome"), file: file, line: line)
    }

    /// Refreshes; nothing fails, and these many requests are new.
    @discardableResult
    func refresh(brings count: Int = 0, file: String = #fileID, line: Int = #line) async throws -> [String] {
        let refreshed = try await device.refresh()
        try same(refreshed.failed.map(\.code), [], "what failed", file: file, line: line)
        try same(refreshed.newRequests.count, count, "the number of new requests", file: file, line: line)
        return refreshed.newRequests
    }

    /// Time passes for the bank and for the phone's monotonic clock.
    func timePasses() async throws {
        try await bank.shift(seconds: data.shiftSeconds)
        phone.clock.pass(seconds: try data.shiftSeconds)
    }

    /// How many decisions arrived.
    var arrived: Int { phone.transport.arrived.now.count }
}

/// A report that every field was drawn.
func report(
    _ review: Review, drawn: [String]? = nil, obscured: Bool = false, shared: Bool = false, callActive: Bool = false
) -> RenderReport {
    RenderReport(
        drawn: drawn ?? review.fields().map(\.id), shownMs: 1000, obscured: obscured, shared: shared, callActive: callActive)
}
