import Countersign
import Foundation
import FakePhone
import TestSupport
import XCTest

/// An app that is enrolled at a real server.
///
/// It uses the Secure Enclave key store and the app group's state on fake Apple frameworks, and
/// `URLSession`.
final class EnrolledApp: Sendable {
    static let group = "group.org.example.test"

    let server: ServerProcess
    let authenticator: Authenticator
    let enrolment: Enrolment
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("group-\(UUID().uuidString)")

    /// Enrols a new app.
    ///
    /// - Parameter policy: Values of the server's `[policy]`, as TOML.
    init(policy: [String: String] = [:]) async throws {
        FakePhone.shared.reset(curve: TestCurve())
        setenv("APP_GROUP_\(Self.group)", folder.path, 1)
        server = try ServerProcess(policy: policy)
        authenticator = try Authenticator(
            config: Config(
                platform: "ios", model: "Test", app: "test", issuers: .unrestricted, allowLoopback: true),
            keys: SecureEnclaveKeyStore(accessGroup: Self.group),
            state: AppGroupStateStore(appGroup: Self.group), clock: SystemClock(),
            diagnostics: DiagnosticsHandler { _, _ in }, transport: URLSessionTransport(pins: .none))
        let offered = try await server.control.post("/offer", ["account": "alice"])
        let offer = try authenticator.parseOffer(link: try XCTUnwrap(offered["link"].text))
        enrolment = try await authenticator.enrol(offer: offer, push: PushAddress(kind: .apns, token: "token"))
        let code = try XCTUnwrap(try enrolment.info().confirmCode)
        _ = try await server.control.post("/confirm", ["offer": offered["offer"], "code": .text(code)])
        _ = try authenticator.receive(push: try await push())
    }

    deinit {
        unsetenv("APP_GROUP_\(Self.group)")
        removeState()
    }

    /// Returns the next push that Apple's service would deliver.
    func push() async throws -> [String: String] {
        try await server.control.takePush("token")
    }

    /// Creates an approval request of a shop and returns its id.
    func request(_ binding: JSON = ["mode": "none"]) async throws -> String {
        let created = try await server.control.post(
            "/approval-requests",
            ["account": "alice", "client": ["id": "shop", "name": "ACME Shop"], "binding": binding, "expires_in": 120])
        return try XCTUnwrap(created["approval_request"].text)
    }

    /// Returns the outcome that the shop receives.
    func outcome(of id: String) async throws -> String? {
        try await server.control.get("/outcome/\(id)")["outcome"].text
    }

    /// Returns whether each decision in the evidence reports a call.
    func callsInEvidence() throws -> [Bool] {
        let evidence = try JSON(data: Data(try XCTUnwrap(try enrolment.evidence()).utf8))
        return try evidence["history"]["records"].list.map { record in
            let parts = try XCTUnwrap(record["answered"]["decision"].text).split(separator: ".")
            var payload = String(parts[1]).replacingOccurrences(of: "-", with: "+")
                .replacingOccurrences(of: "_", with: "/")
            payload += String(repeating: "=", count: (4 - payload.count % 4) % 4)
            let decision = try JSON(data: try XCTUnwrap(Data(base64Encoded: payload)))
            return decision["ceremony"]["call_active"] == true
        }
    }

    /// Returns the encrypted state on disk.
    func state() throws -> Data? {
        try AppGroupStateStore(appGroup: Self.group).load()
    }

    /// Deletes the container, as the system does when the app is deleted.
    func removeState() {
        try? FileManager.default.removeItem(at: folder)
    }

    /// True if the container exists.
    var hasContainer: Bool { FileManager.default.fileExists(atPath: folder.path) }
}
