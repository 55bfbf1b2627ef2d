import Countersign
import Foundation
import FakePhone
import TestSupport
import UserNotifications
import XCTest

/// The notification extension with the state that an enrolled app has written.
final class NotificationServiceTests: XCTestCase {
    func testRequestNotificationHasNoDetailsAndAppReceivesPush() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        let push = try await app.push()
        let before = try app.state()
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "You have a new request")
        XCTAssertEqual(shown.categoryIdentifier, NotificationService.requestCategory)
        for secret in ["ACME", "Countersign", "alice", "Bank"] {
            XCTAssertFalse((shown.title + shown.body).contains(secret))
        }
        XCTAssertEqual(try app.state(), before, "the extension does not change the state")
        guard case .request(let request) = try app.authenticator.receive(push: PushMembers.of(shown.userInfo)) else {
            return XCTFail("the app does not accept the push of the notification")
        }
        let outcome = try await request.deny(.notMe)
        XCTAssertEqual(outcome, .confirmed)
    }

    func testChangedEnrolmentHasItsOwnNotification() async throws {
        let app = try await EnrolledApp()
        let id = try app.enrolment.info().id
        _ = try await app.server.control.post("/suspend", ["enrolment": .text(id), "suspended": true])
        let push = try await app.push()
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "The status of this phone has changed")
    }

    func testInvalidPushShowsGenericText() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        var push = try await app.push()
        let generic = "You have a new request"
        XCTAssertEqual(show([:])?.title, generic)
        XCTAssertEqual(show(["aps": ["alert": "A bank's name"]])?.title, generic)
        XCTAssertEqual(show(["v": 1, "e": NSNull(), "p": String(repeating: "x", count: 100_000)])?.title, generic)
        FakePhone.shared.unlockedSinceStart = false
        XCTAssertEqual(show(push)?.title, generic)
        FakePhone.shared.unlockedSinceStart = true
        push["p"] = push["p"].map { String($0.dropLast()) }
        XCTAssertEqual(show(push)?.title, generic, "a modified push")
        app.removeState()
        XCTAssertEqual(show(push)?.title, generic, "no state")
        XCTAssertFalse(app.hasContainer, "the extension creates no state")
    }

    func testWakePushShowsRequestAndAppFetchesIt() async throws {
        let app = try await EnrolledApp()
        let long: JSON = .list([["type": "org.example.unknown", "text": .text(String(repeating: "x", count: 3_500))]])
        _ = try await app.server.control.post(
            "/approval-requests",
            ["account": "alice", "client": ["id": "shop", "name": "ACME Shop"], "details": long, "expires_in": 120])
        let push = try await app.push()
        XCTAssertNotNil(push["w"], "the request is too long for a push")
        let shown = try XCTUnwrap(show(push))
        XCTAssertEqual(shown.title, "You have a new request")
        let received = try app.authenticator.receive(push: PushMembers.of(shown.userInfo))
        guard case .fetch(let enrolment, let txn) = received else {
            return XCTFail("the push names no request")
        }
        let request = try await app.authenticator.fetch(enrolmentId: enrolment, txn: txn)
        XCTAssertEqual(request.txn(), txn)
    }

    func testContentHandlerIsCalledOnce() {
        let service = Service()
        var shown: [UNNotificationContent] = []
        service.didReceive(request([:])) { shown.append($0) }
        service.serviceExtensionTimeWillExpire()
        XCTAssertEqual(shown.count, 1)
    }

    func testExpiredExtensionShowsGenericText() {
        let service = SlowService()
        var shown: [String] = []
        service.onWork = { service.serviceExtensionTimeWillExpire() }
        service.didReceive(request([:])) { shown.append($0.title) }
        XCTAssertEqual(shown, ["You have a new request"])
    }

    private func request(_ userInfo: [String: Any]) -> UNNotificationRequest {
        let content = UNMutableNotificationContent()
        content.title = "Bank"
        content.body = "Bank"
        content.userInfo = userInfo
        return UNNotificationRequest(identifier: "1", content: content, trigger: nil)
    }

    /// Returns the notification for a payload.
    private func show(_ userInfo: [String: Any]) -> UNNotificationContent? {
        var shown: UNNotificationContent?
        Service().didReceive(request(userInfo)) { shown = $0 }
        return shown
    }

    private class Service: NotificationService {
        override var appGroup: String? { EnrolledApp.group }
        override var language: Language { .en }
    }

    /// An extension whose time is up while it verifies the push.
    private final class SlowService: Service {
        var onWork: (() -> Void)?
        override var diagnostics: any Diagnostics { DiagnosticsHandler { _, _ in } }
        override var appGroup: String? {
            onWork?()
            return super.appGroup
        }
    }
}
