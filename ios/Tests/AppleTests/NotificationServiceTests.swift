import Countersign
import Foundation
import PhoneDouble
import TestSupport
import UserNotifications
import XCTest

/// The extension against a real server: the app enrols with the Secure Enclave key store and the app group's state, both on doubles
/// of Apple's frameworks, and the extension opens what the app wrote.
final class NotificationServiceTests: XCTestCase {
    private static let group = "group.org.example.test"
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("group-\(UUID().uuidString)")

    override func setUp() {
        PhoneDouble.shared.reset(curve: Curve())
        setenv("APP_GROUP_\(Self.group)", folder.path, 1)
    }

    override func tearDown() {
        unsetenv("APP_GROUP_\(Self.group)")
        try? FileManager.default.removeItem(at: folder)
    }

    func testARealRequestIsAnnouncedWithoutWhatItSaysAndTheAppStillTakesIt() async throws {
        let (server, app, _) = try await enrolled()
        _ = try await ask(server)
        let push = try await server.control.takePush("token")
        let before = try state()
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "A request waits for your answer")
        XCTAssertEqual(shown.categoryIdentifier, NotificationService.requestCategory)
        for secret in ["ACME", "Countersign", "alice", "Bank"] {
            XCTAssertFalse((shown.title + shown.body).contains(secret))
        }
        XCTAssertEqual(try state(), before, "the extension writes nothing")
        // The user opens the notification.
        guard case .request(let request) = try app.receive(push: PushMembers.of(shown.userInfo)) else {
            return XCTFail("the app does not take the push of the notification")
        }
        let outcome = try await request.deny(.notMe)
        XCTAssertEqual(outcome, .confirmed)
    }

    func testAChangedEnrolmentIsAnnouncedAsSuch() async throws {
        let (server, _, enrolment) = try await enrolled()
        _ = try await server.control.post("/suspend", ["enrolment": .text(enrolment), "suspended": true])
        let push = try await server.control.takePush("token")
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "Something changed on this phone")
    }

    func testAnythingElseShowsTheGenericText() async throws {
        let (server, _, _) = try await enrolled()
        _ = try await ask(server)
        var push = try await server.control.takePush("token")
        let generic = "A request waits for your answer"
        XCTAssertEqual(show([:])?.title, generic)
        XCTAssertEqual(show(["aps": ["alert": "A bank's name"]])?.title, generic)
        XCTAssertEqual(show(["v": 1, "e": NSNull(), "p": String(repeating: "x", count: 100_000)])?.title, generic)
        PhoneDouble.shared.unlockedSinceStart = false
        XCTAssertEqual(show(push)?.title, generic)
        PhoneDouble.shared.unlockedSinceStart = true
        push["p"] = push["p"].map { String($0.dropLast()) }
        XCTAssertEqual(show(push)?.title, generic, "a forged push")
        try FileManager.default.removeItem(at: folder)
        XCTAssertEqual(show(push)?.title, generic, "no state")
        XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path), "the extension makes no state")
    }

    func testAWakeIsAnnouncedAsARequest() async throws {
        let (server, app, enrolment) = try await enrolled()
        _ = try await ask(server)
        _ = try await server.control.takePush("token")
        _ = try await app.refresh()
        let handleAndName: [String: Any] = ["v": "1", "e": enrolment, "w": "unknown"]
        XCTAssertEqual(show(handleAndName)?.title, "A request waits for your answer")
    }

    func testTheSystemGetsOneAnswer() {
        let service = Service()
        var shown: [UNNotificationContent] = []
        service.didReceive(request([:])) { shown.append($0) }
        service.serviceExtensionTimeWillExpire()
        XCTAssertEqual(shown.count, 1)
    }

    func testASlowExtensionShowsTheGenericText() {
        let service = SlowService()
        var shown: [String] = []
        service.onWork = { service.serviceExtensionTimeWillExpire() }
        service.didReceive(request([:])) { shown.append($0.title) }
        XCTAssertEqual(shown, ["A request waits for your answer"])
    }

    // MARK: -

    private func enrolled() async throws -> (ServerProcess, Authenticator, String) {
        let server = try ServerProcess()
        let app = try Authenticator(
            config: Config(platform: "ios", model: "Test", app: "test"), keys: SecureEnclaveKeyStore(accessGroup: Self.group),
            state: AppGroupStateStore(appGroup: Self.group), clock: SystemClock(),
            diagnostics: DiagnosticsHandler { _, _ in }, transport: URLSessionTransport())
        let offered = try await server.control.post("/offer", ["account": "alice"])
        let offer = try app.parseOffer(link: try XCTUnwrap(offered["link"].text))
        let enrolment = try await app.enrol(offer: offer, push: PushAddress(kind: .apns, token: "token"))
        let info = try enrolment.info()
        _ = try await server.control.post(
            "/confirm", ["offer": offered["offer"], "code": .text(try XCTUnwrap(info.confirmCode))])
        _ = try app.receive(push: try await server.control.takePush("token"))
        return (server, app, info.id)
    }

    private func ask(_ server: ServerProcess) async throws -> JSON {
        try await server.control.post(
            "/ask",
            [
                "account": "alice", "client": ["id": "shop", "name": "ACME Shop"], "binding": ["mode": "none"],
                "expires_in": 120,
            ])
    }

    private func state() throws -> Data? {
        try AppGroupStateStore(appGroup: Self.group).load()
    }

    private func request(_ userInfo: [String: Any]) -> UNNotificationRequest {
        let content = UNMutableNotificationContent()
        content.title = "Bank"
        content.body = "Bank"
        content.userInfo = userInfo
        return UNNotificationRequest(identifier: "1", content: content, trigger: nil)
    }

    /// What the extension shows of this payload.
    private func show(_ userInfo: [String: Any]) -> UNNotificationContent? {
        var shown: UNNotificationContent?
        Service().didReceive(request(userInfo)) { shown = $0 }
        return shown
    }

    private class Service: NotificationService {
        override var appGroup: String? { NotificationServiceTests.group }
        override var language: Language { .en }
    }

    /// One that is overtaken by the system while it works.
    private final class SlowService: Service {
        var onWork: (() -> Void)?
        override var diagnostics: any Diagnostics { DiagnosticsHandler { _, _ in } }
        override var appGroup: String? {
            onWork?()
            return super.appGroup
        }
    }
}
