import Countersign
import Foundation
import PhoneDouble
import TestSupport
import XCTest

/// An app on a phone double that is enrolled with a real server: the Secure Enclave key store, the app group's state, URLSession.
final class EnrolledApp: Sendable {
    static let group = "group.org.example.test"

    let server: ServerProcess
    let authenticator: Authenticator
    let enrolment: Enrolment
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("group-\(UUID().uuidString)")

    init() async throws {
        PhoneDouble.shared.reset(curve: Curve())
        setenv("APP_GROUP_\(Self.group)", folder.path, 1)
        server = try ServerProcess()
        authenticator = try Authenticator(
            config: Config(platform: "ios", model: "Test", app: "test"), keys: SecureEnclaveKeyStore(accessGroup: Self.group),
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

    /// Takes the push that Apple's service would bring.
    func push() async throws -> [String: String] {
        try await server.control.takePush("token")
    }

    /// Lets a shop ask, and gives the question's name.
    func ask(_ binding: JSON = ["mode": "none"]) async throws -> String {
        let asked = try await server.control.post(
            "/ask",
            ["account": "alice", "client": ["id": "shop", "name": "ACME Shop"], "binding": binding, "expires_in": 120])
        return try XCTUnwrap(asked["ask"].text)
    }

    /// What the shop learns.
    func outcome(of ask: String) async throws -> String? {
        try await server.control.get("/outcome/\(ask)")["outcome"].text
    }

    /// The sealed state as it is on the disk.
    func state() throws -> Data? {
        try AppGroupStateStore(appGroup: Self.group).load()
    }

    /// Removes the container, as uninstalling does.
    func removeState() {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whether anything is in the container.
    var hasContainer: Bool { FileManager.default.fileExists(atPath: folder.path) }
}
