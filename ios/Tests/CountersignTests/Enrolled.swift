import Countersign
import TestSupport
import XCTest

/// A phone with an active enrolment at the server of this test run.
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

    /// Creates a request and returns its id and its push.
    func requestPush() async throws -> (id: String, push: [String: String]) {
        let created = try await server.control.post(
            "/approval-requests",
            [
                "account": "alice", "client": ["id": .text(token), "name": "ACME Shop"], "scope": "openid",
                "binding": ["mode": "none"], "expires_in": 120,
            ])
        guard let id = created["approval_request"].text else { throw Failure("the response of /approval-requests has no id") }
        return (id, try await server.control.takePush(token))
    }

    /// Creates a request and receives its push.
    func receive() async throws -> (id: String, request: PendingRequest) {
        let (id, push) = try await requestPush()
        guard case .request(let request) = try device.receive(push: push) else {
            throw Failure("the push contains no request")
        }
        return (id, request)
    }

    /// Returns the outcome of a request at the server.
    func outcome(_ id: String) async throws -> String? {
        try await server.control.get("/outcome/\(id)")["outcome"].text
    }
}

extension PendingRequest {
    /// Returns a ticket for a complete render report.
    func ticket() throws -> Ticket {
        let review = try review(language: .en)
        return try review.rendered(
            report: RenderReport(
                drawn: review.fields().map(\.id), shownMs: 1000, obscured: false, shared: false, callActive: false))
    }
}

/// Returns the code of the error of a call that must fail.
func code<Value>(
    file: StaticString = #filePath, line: UInt = #line, _ call: () async throws -> Value
) async -> String {
    do {
        let value = try await call()
        XCTFail("the call returned \(value)", file: file, line: line)
        return ""
    } catch {
        guard let error = error as? AuthenticatorError else {
            XCTFail("the error is not typed: \(error)", file: file, line: line)
            return ""
        }
        XCTAssertFalse(error.localizedDescription.isEmpty, file: file, line: line)
        return TestSupport.code(of: error)
    }
}

/// An error that the library does not know.
struct UnexpectedError: Error {}
