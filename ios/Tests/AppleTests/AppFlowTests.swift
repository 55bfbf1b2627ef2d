import Countersign
import FakePhone
import Foundation
import TestSupport
import XCTest

/// The approval of a request on fake Apple frameworks with the Rust core and a real server.
@MainActor
final class AppFlowTests: XCTestCase {
    private var now: UInt64 = 0

    /// Receives the next push and opens its request on a screen in the foreground.
    private func openScreen(_ app: EnrolledApp) async throws -> ApprovalScreen {
        let push = try await app.push()
        guard case .request(let request) = try app.authenticator.receive(push: push) else {
            throw Failure("the push contains no request")
        }
        let screen = ApprovalScreen(request, language: .en) { self.now }
        screen.setForeground(true)
        return screen
    }

    /// Displays every field of the request, one below the other.
    private func display(_ screen: ApprovalScreen, height: Double = 1000) {
        for (index, field) in screen.fields.enumerated() {
            screen.setFrame(
                FieldFrame(left: 0, top: Double(index) * 50, width: 300, height: 40), of: field.id, width: 300,
                height: height)
        }
    }

    /// Opens the next request and reads it for as long as necessary.
    private func readScreen(_ app: EnrolledApp) async throws -> ApprovalScreen {
        let screen = try await openScreen(app)
        display(screen)
        now += max(screen.remainingMs, 1)
        screen.tick()
        return screen
    }

    func testTypedCodeApprovesAfterOnePrompt() async throws {
        let app = try await EnrolledApp()
        let prompts = FakePhone.shared.prompts.count
        let id = try await app.request(["mode": "entry", "value": "481205"])
        let screen = try await readScreen(app)
        XCTAssertEqual(screen.obstacle, .enterCode)
        for wrong in ["12345", "1234567", "12345a"] {
            screen.bindingValue = wrong
            XCTAssertEqual(screen.obstacle, .enterCode, wrong)
        }
        screen.bindingValue = "481 205"
        XCTAssertTrue(screen.canApprove, "\(String(describing: screen.obstacle))")
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.approved))
        XCTAssertEqual(FakePhone.shared.prompts.count, prompts + 1)
        let outcome = try await app.outcome(of: id)
        XCTAssertEqual(outcome, "approved")
    }

    func testWrongCodeEndsRequest() async throws {
        let app = try await EnrolledApp()
        let id = try await app.request(["mode": "entry", "value": "481205"])
        let screen = try await readScreen(app)
        screen.bindingValue = "111111"
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.bindingMismatch))
        let outcome = try await app.outcome(of: id)
        XCTAssertEqual(outcome, "binding_mismatch")
    }

    func testRequestCanBeApprovedAfterCancelledPrompt() async throws {
        let app = try await EnrolledApp()
        let id = try await app.request()
        let screen = try await readScreen(app)
        FakePhone.shared.prompt = .closed
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .notVerified))
        let pending = try await app.outcome(of: id)
        XCTAssertEqual(pending, "pending")
        FakePhone.shared.prompt = .verified
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.approved))
    }

    func testChangedBiometricsBlockApprovalAndAllowDenial() async throws {
        let app = try await EnrolledApp()
        let id = try await app.request()
        let screen = try await readScreen(app)
        FakePhone.shared.biometrics = Data("two fingers".utf8)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .keyInvalidated))
        await screen.deny(.notMe)
        XCTAssertEqual(screen.stage, .finished(.denied))
        let outcome = try await app.outcome(of: id)
        XCTAssertEqual(outcome, "denied")
    }

    func testApprovalRequiresEveryFieldToBeVisible() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        let screen = try await openScreen(app)
        display(screen, height: 20)
        XCTAssertEqual(screen.obstacle, .readEverything)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: nil))
        display(screen)
        XCTAssertTrue(screen.canApprove)
    }

    func testDisplayTimeCountsOnlyInForeground() async throws {
        let app = try await EnrolledApp(policy: ["min_shown_ms": "2000"])
        _ = try await app.request()
        let screen = try await openScreen(app)
        display(screen)
        now += 1_500
        screen.setForeground(false)
        now += 60_000
        screen.setForeground(true)
        XCTAssertEqual(screen.remainingMs, 500)
        now += 499
        screen.tick()
        XCTAssertEqual(screen.obstacle, .readEverything)
        now += 1
        screen.tick()
        XCTAssertTrue(screen.canApprove)
    }

    func testSharedScreenMustBeReadAgain() async throws {
        let app = try await EnrolledApp(policy: ["min_shown_ms": "2000"])
        _ = try await app.request()
        let screen = try await readScreen(app)
        XCTAssertTrue(screen.canApprove)
        screen.setScreenShared(true)
        XCTAssertEqual(screen.obstacle, .screenShared)
        screen.setScreenShared(false)
        XCTAssertEqual(screen.remainingMs, 2_000)
        now += 2_000
        screen.tick()
        XCTAssertTrue(screen.canApprove)
    }

    func testApprovalIsPossibleAfterCallUnderBlockPolicy() async throws {
        let app = try await EnrolledApp(policy: ["calls": "\"block\""])
        let id = try await app.request()
        let screen = try await readScreen(app)
        screen.setCallActive(true)
        XCTAssertEqual(screen.obstacle, .callActive)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: nil))
        screen.setCallActive(false)
        display(screen)
        now += 1
        screen.tick()
        XCTAssertTrue(screen.canApprove)
        XCTAssertFalse(screen.showsCallWarning)
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.approved))
        let outcome = try await app.outcome(of: id)
        XCTAssertEqual(outcome, "approved")
        XCTAssertEqual(try app.callsInEvidence(), [false])
    }

    func testEndedCallIsReportedUnderAllowPolicy() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        let screen = try await openScreen(app)
        screen.setCallActive(true)
        screen.setCallActive(false)
        display(screen)
        XCTAssertTrue(screen.showsCallWarning)
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.approved))
        XCTAssertEqual(try app.callsInEvidence(), [true])
    }

    func testCoreRejectsReportOfSharedScreen() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        let push = try await app.push()
        guard case .request(let request) = try app.authenticator.receive(push: push) else {
            return XCTFail("the push contains no request")
        }
        let review = try request.review(language: .en)
        let report = RenderReport(
            drawn: review.fields().map(\.id), shownMs: 60_000, obscured: false, shared: true, callActive: false)
        XCTAssertThrowsError(try review.rendered(report: report)) { error in
            guard case AuthenticatorError.notRendered(.shared, _) = error else { return XCTFail("\(error)") }
        }
    }

    func testRequestIsPendingAfterAppRestart() async throws {
        let app = try await EnrolledApp()
        _ = try await app.request()
        _ = try app.authenticator.receive(push: try await app.push())
        let again = try Authenticator(
            config: Config(
                platform: "ios", model: "Test", app: "test", issuers: .unrestricted, allowLoopback: true),
            keys: SecureEnclaveKeyStore(accessGroup: EnrolledApp.group),
            state: AppGroupStateStore(appGroup: EnrolledApp.group), clock: SystemClock(),
            diagnostics: DiagnosticsHandler { _, _ in }, transport: URLSessionTransport(pins: .none))
        XCTAssertEqual(try again.pending().count, 1)
    }
}
