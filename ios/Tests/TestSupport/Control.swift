import Countersign
import Foundation

/// The control interface of a server under test.
public struct Control: Sendable {
    /// A response with a status other than 200.
    public struct Rejected: Error, CustomStringConvertible {
        public let status: UInt16
        /// The `code` of the error document.
        public let code: String
        public var description: String { "the control interface returned \(status) \(code)" }
    }

    private let url: String
    private let http = URLSessionTransport()

    init(url: String) {
        self.url = url
    }

    public func post(_ path: String, _ body: JSON) async throws -> JSON {
        try await call("POST", path, body)
    }

    public func get(_ path: String) async throws -> JSON {
        try await call("GET", path, nil)
    }

    /// Returns the push that was sent to a token. Fails if there is not exactly one.
    public func takePush(_ token: String) async throws -> [String: String] {
        let pushes = try await post("/pushes", ["token": .text(token), "wait_ms": 10000])["pushes"].list
        guard pushes.count == 1 else { throw Failure("\(pushes.count) pushes were sent instead of one") }
        return pushes[0].object.compactMapValues(\.text)
    }

    /// Returns the ids and states of the enrolments that are not revoked.
    public func phones() async throws -> [String: String] {
        var phones: [String: String] = [:]
        for phone in try await get("/phones?account=alice")["phones"].list {
            guard let id = phone["enrolment"].text, let state = phone["state"].text else { continue }
            if state != "revoked" { phones[id] = state }
        }
        return phones
    }

    private func call(_ method: String, _ path: String, _ body: JSON?) async throws -> JSON {
        let headers = body == nil ? [] : [Header(name: "content-type", value: "application/json")]
        let request = HttpRequest(
            method: method, url: url + path, headers: headers, body: try body?.data() ?? Data(), timeoutMs: 30000,
            maxResponseBytes: 1 << 20)
        let response = try await http.send(request: request)
        let json = response.body.isEmpty ? .null : try JSON(data: response.body)
        guard response.status == 200 else { throw Rejected(status: response.status, code: json["code"].text ?? "") }
        return json
    }
}
