import Countersign
import XCTest

@MainActor
final class ApprovalScreenTests: XCTestCase {
    private var now: UInt64 = 0

    private func screen(_ request: RequestDouble) -> ApprovalScreen {
        ApprovalScreen(request, language: .en) { self.now }
    }

    /// Everything is read.
    private func read(_ screen: ApprovalScreen) {
        screen.inFront(true)
        for (at, field) in screen.fields.enumerated() {
            screen.placed(
                field.id, FieldFrame(left: 0, top: Double(at) * 50, width: 300, height: 40), width: 300, height: 500)
        }
    }

    func testApprovedOnlyWhenTheReceiptSaysSo() async {
        let words: [(Outcome, Word)] = [
            (.confirmed, .approved), (.queued, .queued), (.failed(outcome: .bindingMismatch), .bindingMismatch),
            (.failed(outcome: .expired), .expired), (.failed(outcome: .alreadyDecided), .alreadyDecided),
            (.failed(outcome: .cancelled), .cancelled), (.failed(outcome: .policy), .policy),
        ]
        for (outcome, word) in words {
            let screen = screen(RequestDouble(answers: [.success(outcome)]))
            read(screen)
            await screen.approve()
            XCTAssertEqual(screen.stage, .over(word))
        }
    }

    func testApprovingNeedsEveryFieldToBeRead() async {
        let request = RequestDouble(answers: [.success(.confirmed)])
        let screen = screen(request)
        screen.inFront(true)
        XCTAssertEqual(screen.obstacle, .readAll)
        await screen.approve()
        XCTAssertEqual(request.approvals, [])
        now = 700
        read(screen)
        XCTAssertTrue(screen.canApprove)
        await screen.approve()
        XCTAssertEqual(
            request.approvals.map(\.report),
            [RenderReport(drawn: ["client", "amount"], shownMs: 700, obscured: false, shared: false, callActive: false)])
    }

    func testApprovingNeedsItsTime() async {
        let screen = screen(RequestDouble(minShownMs: 2_000))
        read(screen)
        XCTAssertEqual(screen.obstacle, .readAll)
        now = 1_999
        XCTAssertEqual(screen.remainingMs, 1)
        XCTAssertFalse(screen.canApprove)
        now = 2_000
        XCTAssertTrue(screen.canApprove)
    }

    func testATypedValueIsCheckedByItsShapeAndSentPlain() async {
        let request = RequestDouble(binding: .entry(length: 6, charset: .digits), answers: [.success(.confirmed)])
        let screen = screen(request)
        read(screen)
        for wrong in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"] {
            screen.given = wrong
            XCTAssertEqual(screen.obstacle, .valueMissing, wrong)
        }
        screen.given = "481-205"
        await screen.approve()
        XCTAssertEqual(request.approvals.map(\.value), ["481205"])
    }

    func testAScannedCodeIsSentAsItWasReadAndAnotherOneIsToldSo() async {
        let another = AuthenticatorError.binding(code: "binding_not_the_code", reason: "another code")
        let request = RequestDouble(binding: .scan, answers: [.failure(another), .success(.confirmed)])
        let screen = ApprovalScreen(request, language: .en, canScan: true) { self.now }
        read(screen)
        XCTAssertEqual(screen.obstacle, .scanFirst)
        screen.given = "https://bank.example/enrol#v=1"
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .notTheCode))
        XCTAssertEqual(screen.obstacle, .scanFirst)
        screen.given = "b5TVKQ3gM_kW8-fZp1xYtA"
        await screen.approve()
        XCTAssertEqual(request.approvals.map(\.value), ["https://bank.example/enrol#v=1", "b5TVKQ3gM_kW8-fZp1xYtA"])
        XCTAssertEqual(screen.stage, .over(.approved))
    }

    func testWithoutAScannerSuchARequestCanOnlyBeDenied() async {
        let screen = screen(RequestDouble(binding: .scan, answers: [.success(.confirmed)]))
        read(screen)
        screen.given = "b5TVKQ3gM_kW8-fZp1xYtA"
        XCTAssertEqual(screen.obstacle, .scanImpossible)
        XCTAssertTrue(screen.canDeny)
    }

    func testAChosenValueIsOneOfTheOptions() async {
        let request = RequestDouble(binding: .choice(options: ["red", "blue"]), answers: [.success(.confirmed)])
        let screen = screen(request)
        read(screen)
        XCTAssertEqual(screen.obstacle, .valueMissing)
        screen.given = "green"
        XCTAssertEqual(screen.obstacle, .valueMissing)
        screen.given = "blue"
        await screen.approve()
        XCTAssertEqual(request.approvals.map(\.value), ["blue"])
    }

    func testASharedScreenHasToBeReadAgain() async {
        let screen = screen(RequestDouble())
        screen.inFront(true)
        screen.sharing(true)
        read(screen)
        XCTAssertEqual(screen.obstacle, .screenShared)
        now = 5_000
        screen.sharing(false)
        XCTAssertTrue(screen.canApprove, "what still stands on the screen is seen now")
        screen.sharing(true)
        XCTAssertFalse(screen.canApprove)
    }

    func testWhatStoodThereBeforeTheScreenCameToTheFrontIsSeenThen() async {
        let screen = screen(RequestDouble())
        for field in screen.fields {
            screen.placed(field.id, FieldFrame(left: 0, top: 0, width: 300, height: 40), width: 300, height: 500)
        }
        XCTAssertFalse(screen.canApprove)
        screen.inFront(true)
        XCTAssertTrue(screen.canApprove)
    }

    func testACallWarnsAndIsReported() async {
        let request = RequestDouble(answers: [.success(.confirmed)])
        let screen = screen(request)
        screen.calling(true)
        read(screen)
        screen.calling(false)
        XCTAssertTrue(screen.warnsOfCall)
        await screen.approve()
        XCTAssertEqual(request.approvals.map(\.report.callActive), [true])
    }

    func testAClosedPromptLeavesWhatWasReadAndAFreshReview() async {
        let request = RequestDouble(answers: [
            .failure(.keyStore(code: "prompt_cancelled", reason: "")), .success(.confirmed),
        ])
        let screen = screen(request)
        read(screen)
        await screen.approve()
        XCTAssertEqual(screen.stage, .reading(problem: .promptEnded))
        XCTAssertTrue(screen.canApprove)
        await screen.approve()
        XCTAssertEqual(screen.stage, .over(.approved))
        XCTAssertEqual(request.reviews, 2)
    }

    func testErrorsAreSaidInWords() async {
        let words: [(AuthenticatorError, ApprovalStage)] = [
            (.keyStore(code: "key_invalidated", reason: ""), .reading(problem: .keyInvalidated)),
            (.keyStore(code: "key_missing", reason: ""), .reading(problem: .keyMissing)),
            (.keyStore(code: "user_not_verified", reason: ""), .reading(problem: .promptEnded)),
            (.state(code: "state_store", reason: ""), .reading(problem: .tryAgain)),
        ]
        for (error, stage) in words {
            let screen = screen(RequestDouble(answers: [.failure(error)]))
            read(screen)
            await screen.approve()
            XCTAssertEqual(screen.stage, stage)
            XCTAssertTrue(screen.canDeny)
        }
    }

    func testARequestThatEndedMeanwhileIsOver() async {
        let request = RequestDouble(answers: [.failure(.expired(code: "expired", reason: ""))])
        let screen = screen(request)
        read(screen)
        request.ended = .expired(code: "expired", reason: "")
        await screen.approve()
        XCTAssertEqual(screen.stage, .over(.expired))
        XCTAssertFalse(screen.canDeny)
    }

    func testDenyingIsOneStepAtAnyTime() async {
        let unread = RequestDouble(answers: [.success(.confirmed)])
        let screen = screen(unread)
        await screen.deny(.notMe)
        XCTAssertEqual(screen.stage, .over(.denied))
        XCTAssertEqual(unread.denials, [.notMe])
    }

    func testWhatCannotBeApprovedCanBeDenied() async {
        let request = RequestDouble(
            answers: [.success(.confirmed)], notApprovable: .notApprovable(code: "unknown_detail", reason: ""))
        let screen = screen(request)
        read(screen)
        XCTAssertFalse(screen.isApprovable)
        XCTAssertEqual(screen.obstacle, .notApprovable)
        await screen.approve()
        XCTAssertEqual(request.approvals, [])
        await screen.deny(.wrongDetails)
        XCTAssertEqual(request.denials, [.wrongDetails])
    }

    func testWhatCannotBeLaidOutCanBeDenied() async {
        let request = RequestDouble(answers: [.success(.queued)])
        request.ended = .notActive(code: "enrolment_suspended", reason: "")
        let screen = screen(request)
        XCTAssertEqual(screen.stage, .reading(problem: .tryAgain))
        await screen.deny(.other)
        XCTAssertEqual(screen.stage, .over(.queued), "a kept denial is not called denied")
    }

    func testValuesKeepTheirDirectionToThemselves() async {
        XCTAssertEqual(RequestDouble.field("payee", "ACME").isolated, "\u{2066}ACME\u{2069}")
        XCTAssertEqual(RequestDouble.field("payee", "שלום", .rightToLeft).isolated, "\u{2067}שלום\u{2069}")
    }

    func testEveryWordHasAWordingInEveryLanguage() async {
        for word in Word.allCases {
            let wordings = [Language.en, .de, .fr, .es, .ja].map(word.text(in:))
            XCTAssertTrue(wordings.allSatisfy { !$0.isEmpty }, "\(word)")
            XCTAssertEqual(Set(wordings.map { $0.contains("{bank}") }).count, 1, "\(word)")
            XCTAssertEqual(Set(wordings).count, wordings.count, "\(word) reads the same in two languages")
        }
    }
}
