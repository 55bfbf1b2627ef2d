import Countersign
import Foundation
import PhoneDouble
import TestSupport
import UserNotifications
import XCTest

/// The extension against a real server: the app enrols with the Secure Enclave key store and the app group's state, both on doubles
/// of Apple's frameworks, and the extension opens what the app wrote.
final class NotificationServiceTests: XCTestCase {
    func testARealRequestIsAnnouncedWithoutWhatItSaysAndTheAppStillTakesIt() async throws {
        let app = try await EnrolledApp()
        _ = try await app.ask()
        let push = try await app.push()
        let before = try app.state()
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "A request waits for your answer")
        XCTAssertEqual(shown.categoryIdentifier, NotificationService.requestCategory)
        for secret in ["ACME", "Countersign", "alice", "Bank"] {
            XCTAssertFalse((shown.title + shown.body).contains(secret))
        }
        XCTAssertEqual(try app.state(), before, "the extension writes nothing")
        // The user opens the notification.
        guard case .request(let request) = try app.authenticator.receive(push: PushMembers.of(shown.userInfo)) else {
            return XCTFail("the app does not take the push of the notification")
        }
        let outcome = try await request.deny(.notMe)
        XCTAssertEqual(outcome, .confirmed)
    }

    func testAChangedEnrolmentIsAnnouncedAsSuch() async throws {
        let app = try await EnrolledApp()
        let id = try app.enrolment.info().id
        _ = try await app.server.control.post("/suspend", ["enrolment": .text(id), "suspended": true])
        let push = try await app.push()
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "Something changed on this phone")
    }

    func testAnythingElseShowsTheGenericText() async throws {
        let app = try await EnrolledApp()
        _ = try await app.ask()
        var push = try await app.push()
        let generic = "A request waits for your answer"
        XCTAssertEqual(show([:])?.title, generic)
        XCTAssertEqual(show(["aps": ["alert": "A bank's name"]])?.title, generic)
        XCTAssertEqual(show(["v": 1, "e": NSNull(), "p": String(repeating: "x", count: 100_000)])?.title, generic)
        PhoneDouble.shared.unlockedSinceStart = false
        XCTAssertEqual(show(push)?.title, generic)
        PhoneDouble.shared.unlockedSinceStart = true
        push["p"] = push["p"].map { String($0.dropLast()) }
        XCTAssertEqual(show(push)?.title, generic, "a forged push")
        app.removeState()
        XCTAssertEqual(show(push)?.title, generic, "no state")
        XCTAssertFalse(app.hasContainer, "the extension makes no state")
    }

    func testAWakeIsAnnouncedAsARequestAndBroughtByTheApp() async throws {
        let app = try await EnrolledApp()
        let long: JSON = .list([["type": "org.example.unknown", "text": .text(String(repeating: "x", count: 3_500))]])
        _ = try await app.server.control.post(
            "/ask",
            ["account": "alice", "client": ["id": "shop", "name": "ACME Shop"], "details": long, "expires_in": 120])
        let push = try await app.push()
        XCTAssertNotNil(push["w"], "too long for a push")
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "A request waits for your answer")
        guard case .fetch(let enrolment, let txn) = try app.authenticator.receive(push: PushMembers.of(shown.userInfo)) else {
            return XCTFail("no hint")
        }
        let request = try await app.authenticator.fetch(enrolmentId: enrolment, txn: txn)
        XCTAssertEqual(request.txn(), txn)
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
        override var appGroup: String? { EnrolledApp.group }
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
