import Countersign
import Foundation
import PhoneDouble
import TestSupport
import XCTest

/// The whole way of an approval on the Apple side: push, screen, prompt, receipt.
@MainActor
final class AppFlowTests: XCTestCase {
    private var now: UInt64 = 0

    /// The request of a push, on a screen whose every field was read.
    private func readScreen(_ app: EnrolledApp) async throws -> ApprovalScreen {
        let push = try await app.push()
        guard case .request(let request) = try app.authenticator.receive(push: push) else {
            throw Failure("the push brought no request")
        }
        let screen = ApprovalScreen(request, language: .en) { self.now }
        screen.inFront(true)
        for field in screen.fields {
            screen.placed(field.id, FieldFrame(left: 0, top: 0, width: 300, height: 40), width: 300, height: 500)
        }
        now += max(screen.remainingMs, 1)
        return screen
    }

    func testATypedCodeApprovesAfterOnePrompt() async throws {
        let app = try await EnrolledApp()
        let prompts = PhoneDouble.shared.prompts.count
        let ask = try await app.ask(["mode": "entry", "value": "481205"])
        let screen = try await readScreen(app)
        screen.given = "481 205"
        XCTAssertTrue(screen.canApprove, "\(String(describing: screen.obstacle))")
        await screen.approve()
        XCTAssertEqual(screen.stage, .over(.approved))
        XCTAssertEqual(PhoneDouble.shared.prompts.count, prompts + 1)
        let outcome = try await app.outcome(of: ask)
        XCTAssertEqual(outcome, "approved")
    }

    func testAWrongCodeIsSaid() async throws {
        let app = try await EnrolledApp()
        let ask = try await app.ask(["mode": "entry", "value": "481205"])
        let screen = try await readScreen(app)
        screen.given = "111111"
        await screen.approve()
        XCTAssertEqual(screen.stage, .over(.bindingMismatch))
        let outcome = try await app.outcome(of: ask)
        XCTAssertEqual(outcome, "binding_mismatch")
    }

    func testAClosedPromptApprovesNothingAndTheNextOneDoes() async throws {
        let app = try await EnrolledApp()
        let ask = try await app.ask()
        let screen = try await readScreen(app)
        PhoneDouble.shared.prompt = .closed
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .promptEnded))
        let waiting = try await app.outcome(of: ask)
        XCTAssertEqual(waiting, "pending")
        PhoneDouble.shared.prompt = .recognised
        await screen.approve()
        XCTAssertEqual(screen.stage, .over(.approved))
    }

    func testAfterAnotherFingerNothingIsApprovedAndEverythingCanBeDenied() async throws {
        let app = try await EnrolledApp()
        let ask = try await app.ask()
        let screen = try await readScreen(app)
        PhoneDouble.shared.biometrics = Data("two fingers".utf8)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .keyInvalidated))
        await screen.deny(.notMe)
        XCTAssertEqual(screen.stage, .over(.denied))
        let outcome = try await app.outcome(of: ask)
        XCTAssertEqual(outcome, "denied")
    }

    func testASharedScreenIsRefusedByTheLibraryToo() async throws {
        let app = try await EnrolledApp()
        _ = try await app.ask()
        let push = try await app.push()
        guard case .request(let request) = try app.authenticator.receive(push: push) else { return XCTFail("no request") }
        let review = try request.review(language: .en)
        let report = RenderReport(
            drawn: review.fields().map(\.id), shownMs: 60_000, obscured: false, shared: true, callActive: false)
        XCTAssertThrowsError(try review.rendered(report: report)) { error in
            guard case AuthenticatorError.notRendered("screen_shared", _) = error else { return XCTFail("\(error)") }
        }
    }

    func testAnAppThatIsStartedAgainFindsItsRequest() async throws {
        let app = try await EnrolledApp()
        _ = try await app.ask()
        _ = try app.authenticator.receive(push: try await app.push())
        let again = try Authenticator(
            config: Config(platform: "ios", model: "Test", app: "test"),
            keys: SecureEnclaveKeyStore(accessGroup: EnrolledApp.group),
            state: AppGroupStateStore(appGroup: EnrolledApp.group), clock: SystemClock(),
            diagnostics: DiagnosticsHandler { _, _ in }, transport: URLSessionTransport(pins: .none))
        XCTAssertEqual(try again.pending().count, 1)
    }
}
