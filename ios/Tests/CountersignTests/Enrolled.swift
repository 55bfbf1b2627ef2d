import Countersign
import TestSupport
import XCTest

/// A phone with an active enrolment at the server of this test run, and the last request that it received.
struct Enrolled: Sendable {
    static let server = Result { try ServerProcess() }

    let server: ServerProcess
    let phone: Phone
    let enrolment: String
    let token: String

    init(_ token: String = UUID().uuidString) async throws {
        server = try Self.server.get()
        self.token = token
        phone = try Phone()
        try await server.removePhones()
        enrolment = try await phone.enrolAndConfirm(at: server, token: token).info().id
    }

    var device: Authenticator { phone.device }

    /// A new question, and the push that brings it.
    func ring() async throws -> (ask: String, push: [String: String]) {
        let asked = try await server.control.post(
            "/ask",
            [
                "account": "alice", "client": ["id": .text(token), "name": "ACME Shop"], "scope": "openid",
                "binding": ["mode": "none"], "expires_in": 120,
            ])
        guard let ask = asked["ask"].text else { throw Failure("/ask gave no name") }
        return (ask, try await server.control.takePush(token))
    }

    /// A new question that the phone has received.
    func receive() async throws -> (ask: String, request: PendingRequest) {
        let (ask, push) = try await ring()
        guard case .request(let request) = try device.receive(push: push) else { throw Failure("no request came") }
        return (ask, request)
    }

    /// What the server knows of a question.
    func outcome(_ ask: String) async throws -> String? {
        try await server.control.get("/outcome/\(ask)")["outcome"].text
    }
}

extension PendingRequest {
    /// Everything drawn.
    func ticket() throws -> Ticket {
        let review = try review(language: .en)
        return try review.rendered(report: RenderReport(drawn: review.fields().map(\.id), shownMs: 1000))
    }
}

/// The error of a call that must fail, by its code.
func code<Value>(
    file: StaticString = #filePath, line: UInt = #line, _ call: () async throws -> Value
) async -> String {
    do {
        let value = try await call()
        XCTFail("it gave \(value)", file: file, line: line)
        return ""
    } catch {
        guard let error = error as? AuthenticatorError else {
            XCTFail("not typed: \(error)", file: file, line: line)
            return ""
        }
        XCTAssertFalse(error.localizedDescription.isEmpty, file: file, line: line)
        return error.code
    }
}

/// An error that the library has never heard of.
struct Surprise: Error {}
