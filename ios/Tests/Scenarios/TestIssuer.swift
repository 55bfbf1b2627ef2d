import TestSupport

/// The server of a test run.
final class TestIssuer: Sendable {
    let server: ServerProcess

    init() throws {
        server = try ServerProcess()
    }

    var control: Control { server.control }

    func stop() {
        server.stop()
    }

    /// Sets the offset of the server's clock. It must not decrease during a run.
    func shift(seconds: Int) async throws {
        _ = try await control.post("/clock", ["shift_seconds": .number(Double(seconds))])
    }

    /// Creates an approval request.
    func request(_ data: ScenarioData) async throws -> TestRequest {
        guard let id = try await control.post("/approval-requests", data.requestBody)["approval_request"].text else {
            throw Failure("the response of /approval-requests has no id")
        }
        return TestRequest(control: control, id: id)
    }
}

/// An approval request at the server.
struct TestRequest: Sendable {
    let control: Control
    let id: String

    /// The codes that the other screen displays for a phone without network.
    var codes: [String] {
        get async throws { try await control.get("/show/\(id)")["requests"].list.compactMap(\.text) }
    }

    /// Sends a decision that the other screen scanned, and returns its outcome.
    func sendScanned(_ decision: String) async throws -> String? {
        try await control.post("/scanned", ["approval_request": .text(id), "decision": .text(decision)])["outcome"].text
    }

    /// Fails unless the request has this outcome.
    func expectOutcome(
        _ outcome: String, reason: String? = nil, file: String = #fileID, line: Int = #line
    ) async throws {
        let found = try await control.get("/outcome/\(id)")
        try expectEqual(found["outcome"].text, outcome, "the outcome", file: file, line: line)
        if let reason { try expectEqual(found["reason"].text, reason, "the reason", file: file, line: line) }
    }
}
