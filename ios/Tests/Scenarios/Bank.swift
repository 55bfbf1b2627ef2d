import TestSupport

/// The server of a run.
final class Bank: Sendable {
    let server: ServerProcess

    init() throws {
        server = try ServerProcess()
    }

    var control: Control { server.control }

    func stop() {
        server.stop()
    }

    /// Sets how far its clock is ahead. During a run this only grows.
    func shift(seconds: Int) async throws {
        _ = try await control.post("/clock", ["shift_seconds": .number(Double(seconds))])
    }

    /// Asks, and gives the name of the question.
    func ask(_ data: ScenarioData) async throws -> Asked {
        guard let id = try await control.post("/ask", data.ask)["ask"].text else { throw Failure("/ask gave no name") }
        return Asked(control: control, id: id)
    }
}

/// A question at a server.
struct Asked: Sendable {
    let control: Control
    let id: String

    /// What the other screen shows to a phone without network.
    var shown: [String] {
        get async throws { try await control.get("/show/\(id)")["requests"].list.compactMap(\.text) }
    }

    /// Brings what the other screen scanned off such a phone; what the server made of it.
    func scanned(_ answer: String) async throws -> String? {
        try await control.post("/scanned", ["ask": .text(id), "answer": .text(answer)])["outcome"].text
    }

    /// Fails unless its outcome is this.
    func comes(_ outcome: String, because reason: String? = nil, file: String = #fileID, line: Int = #line) async throws {
        let found = try await control.get("/outcome/\(id)")
        try same(found["outcome"].text, outcome, "the outcome", file: file, line: line)
        if let reason { try same(found["reason"].text, reason, "the reason", file: file, line: line) }
    }
}
