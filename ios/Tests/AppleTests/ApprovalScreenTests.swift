import Countersign
import XCTest

@MainActor
final class ApprovalScreenTests: XCTestCase {
    private var now: UInt64 = 0

    private func screen(_ request: FakeRequest, canScan: Bool = false) -> ApprovalScreen {
        ApprovalScreen(request, language: .en, canScan: canScan) { self.now }
    }

    private func screen(_ session: FakeSession) -> ApprovalScreen {
        screen(FakeRequest(session))
    }

    func testApprovedIsShownOnlyAfterConfirmedReceipt() async {
        let texts: [(Outcome, ScreenText)] = [
            (.confirmed, .approved), (.queued, .queued), (.unconfirmed, .unconfirmed),
            (.failed(outcome: .bindingMismatch), .bindingMismatch),
            (.failed(outcome: .expired), .expired), (.failed(outcome: .alreadyDecided), .alreadyDecided),
            (.failed(outcome: .cancelled), .withdrawn), (.failed(outcome: .policy), .notAccepted),
            (.failed(outcome: .numberUsed), .notAccepted),
        ]
        for (outcome, text) in texts {
            let screen = screen(FakeSession(results: [.success(outcome)]))
            await screen.approve()
            XCTAssertEqual(screen.stage, .finished(text))
            XCTAssertFalse(screen.canDeny)
        }
    }

    func testApproveIsIgnoredUntilSessionAllowsIt() async {
        let session = FakeSession(.blocked(.unread), results: [.success(.confirmed)])
        let screen = screen(session)
        XCTAssertFalse(screen.canApprove)
        await screen.approve()
        XCTAssertEqual(session.approvals, 0)
        session.current = .allowed
        screen.tick()
        XCTAssertTrue(screen.canApprove)
        await screen.approve()
        XCTAssertEqual(session.approvals, 1)
    }

    func testChangesOfScreenAreReportedAsEvents() async {
        let session = FakeSession()
        let screen = screen(session)
        now = 700
        screen.setForeground(true)
        screen.setScreenShared(true)
        screen.setCallActive(true)
        screen.setFrame(
            FieldFrame(left: 0, top: 10, width: 300, height: 40), of: "amount", width: 300, height: 100)
        XCTAssertEqual(
            session.events,
            [
                .foreground(on: true), .shared(on: true), .call(on: true),
                .visible(field: "amount", height: 40, top: -10, bottom: 90),
            ])
        XCTAssertEqual(session.times, [700, 700, 700, 700])
    }

    func testBindingValueIsPassedToSession() async {
        let session = FakeSession(results: [.success(.confirmed)])
        let screen = screen(session)
        screen.bindingValue = "481 205"
        screen.bindingValue = ""
        XCTAssertEqual(session.values, ["481 205", nil])
        screen.bindingValue = "1"
        await screen.approve()
        XCTAssertEqual(screen.bindingValue, "", "the value is cleared after the decision")
    }

    func testObstaclesHaveTexts() async {
        let texts: [(ApprovalObstacle, BindingControl, ScreenText)] = [
            (.notApprovable(code: .unknownDetail), .none, .notApprovable), (.scannerMissing, .scan, .scannerMissing),
            (.notApprovable(code: .appOutdated), .none, .appOutdated),
            (.covered, .none, .readEverything), (.shared, .none, .screenShared), (.callActive, .none, .callActive),
            (.background, .none, .readEverything), (.unread, .none, .readEverything),
            (.tooShort, .none, .readEverything), (.value(code: .missing), .scan, .scanFirst),
            (.value(code: .notTheCode), .scan, .wrongCode),
            (.value(code: .length), .entry(length: 6, charset: .digits), .enterCode),
            (.value(code: .notAnOption), .choice(options: ["red"]), .chooseCode),
        ]
        for (obstacle, binding, text) in texts {
            let screen = screen(FakeSession(.blocked(obstacle), binding: binding))
            XCTAssertEqual(screen.obstacle, text)
            XCTAssertTrue(screen.canDeny)
        }
        XCTAssertNil(screen(FakeSession()).obstacle)
    }

    func testCallWarningIsHiddenWhileCallIsObstacle() async {
        XCTAssertFalse(screen(FakeSession(.blocked(.callActive, callWarning: true))).showsCallWarning)
        XCTAssertTrue(screen(FakeSession(.blocked(.unread, callWarning: true))).showsCallWarning)
        XCTAssertFalse(screen(FakeSession()).showsCallWarning)
    }

    func testScreenIsUsableAfterCancelledPrompt() async {
        let session = FakeSession(results: [
            .failure(.keyStore(code: .cancelled, reason: "")), .success(.confirmed),
        ])
        let screen = screen(session)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .notVerified))
        XCTAssertTrue(screen.canApprove)
        await screen.approve()
        XCTAssertEqual(screen.stage, .finished(.approved))
    }

    func testErrorsHaveTexts() async {
        let texts: [(AuthenticatorError, ScreenText)] = [
            (.keyStore(code: .invalidated, reason: ""), .keyInvalidated),
            (.keyStore(code: .missing, reason: ""), .keyMissing),
            (.keyStore(code: .notVerified, reason: ""), .notVerified),
            (.keyStore(code: .locked, reason: ""), .phoneLocked),
            (.keyStore(code: .noVerification, reason: ""), .tryAgain),
            (.notActive(state: .suspended, reason: ""), .phoneNotActive),
            (.state(code: .store, reason: ""), .tryAgain),
            (.notRendered(code: .shared, reason: ""), .screenShared),
            (.notRendered(code: .callActive, reason: ""), .callActive),
            (.notRendered(code: .fieldMissing, reason: ""), .readEverything),
            (.binding(code: .notTheCode, reason: ""), .wrongCode),
            (.binding(code: .noScanner, reason: ""), .scannerMissing),
            (.binding(code: .length, reason: ""), .enterCode),
        ]
        for (error, text) in texts {
            let screen = screen(FakeSession(results: [.failure(error)]))
            await screen.approve()
            XCTAssertEqual(screen.stage, .reading(problem: text))
            XCTAssertTrue(screen.canDeny)
        }
    }

    func testRequestThatEndsDuringDecisionIsFinished() async {
        let ends: [(AuthenticatorError, ScreenText)] = [
            (.expired(reason: ""), .expired), (.notPending(reason: ""), .alreadyDecided),
            (.unknownRequest(reason: ""), .alreadyDecided),
        ]
        for (error, text) in ends {
            let screen = screen(FakeSession(results: [.failure(error)]))
            await screen.approve()
            XCTAssertEqual(screen.stage, .finished(text))
            XCTAssertFalse(screen.canDeny)
        }
    }

    func testDenialNeedsNoReading() async {
        let session = FakeSession(.blocked(.background), results: [.success(.confirmed)])
        let screen = screen(session)
        await screen.deny(.notMe)
        XCTAssertEqual(screen.stage, .finished(.denied))
        XCTAssertEqual(session.denials, [.notMe])
    }

    func testUnapprovableRequestCanBeDenied() async {
        for obstacle in [ApprovalObstacle.notApprovable(code: .unknownDetail), .scannerMissing] {
            let session = FakeSession(.blocked(obstacle), results: [.success(.confirmed)])
            let screen = screen(session)
            XCTAssertFalse(screen.isApprovable)
            await screen.approve()
            XCTAssertEqual(session.approvals, 0)
            await screen.deny(.wrongDetails)
            XCTAssertEqual(session.denials, [.wrongDetails])
        }
    }

    func testRequestWithoutSessionCanBeDenied() async {
        let request = FakeRequest(FakeSession(results: [.success(.queued)]))
        request.openError = .notActive(state: .suspended, reason: "")
        let screen = screen(request)
        XCTAssertEqual(screen.stage, .reading(problem: .phoneNotActive))
        XCTAssertFalse(screen.isApprovable)
        await screen.deny(.other)
        XCTAssertEqual(request.denials, [.other])
        XCTAssertEqual(screen.stage, .finished(.queued), "a queued denial is not displayed as denied")
    }

    func testExpiredRequestIsFinishedFromTheStart() async {
        let request = FakeRequest()
        request.openError = .expired(reason: "")
        XCTAssertEqual(screen(request).stage, .finished(.expired))
    }

    func testFieldValuesAreIsolated() async {
        XCTAssertEqual(Field.make("payee", "ACME").isolated, "\u{2066}ACME\u{2069}")
        XCTAssertEqual(Field.make("payee", "שלום", .rightToLeft).isolated, "\u{2067}שלום\u{2069}")
    }

    func testEveryTextExistsInEveryLanguage() async {
        for text in ScreenText.allCases {
            let texts = [Language.en, .de, .fr, .es, .ja].map(text.text(in:))
            XCTAssertTrue(texts.allSatisfy { !$0.isEmpty }, "\(text)")
            XCTAssertEqual(Set(texts.map { $0.contains("{bank}") }).count, 1, "\(text)")
            XCTAssertEqual(Set(texts).count, texts.count, "\(text) is the same in two languages")
        }
    }
}
