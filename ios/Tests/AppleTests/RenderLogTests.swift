import Countersign
import XCTest

final class RenderLogTests: XCTestCase {
    private let wide = FieldFrame(left: 0, top: 0, width: 300, height: 40)

    private func log(_ fields: String...) -> RenderLog {
        var log = RenderLog(fields: fields)
        log.inFront(true, at: 0)
        return log
    }

    private func at(_ top: Double, height: Double = 40) -> FieldFrame {
        FieldFrame(left: 0, top: top, width: 300, height: height)
    }

    func testAFieldCountsWhenAllOfItWasVisible() {
        var log = log("client", "amount")
        log.placed("client", at(0), width: 300, height: 100)
        log.placed("amount", at(80), width: 300, height: 100)
        XCTAssertEqual(log.report(at: 5).drawn, ["client"], "half of the amount is below the edge")
        log.placed("amount", at(60), width: 300, height: 100)
        XCTAssertEqual(log.report(at: 5).drawn, ["client", "amount"])
        XCTAssertTrue(log.isComplete)
    }

    func testATallFieldCountsPieceByPiece() {
        var log = log("message")
        log.placed("message", at(0, height: 250), width: 300, height: 100)
        log.placed("message", at(-150, height: 250), width: 300, height: 100)
        XCTAssertFalse(log.isComplete, "its middle was never visible")
        log.placed("message", at(-80, height: 250), width: 300, height: 100)
        XCTAssertTrue(log.isComplete)
    }

    func testATallFieldThatIsLaidOutAnewBeginsAnew() {
        var log = log("message")
        log.placed("message", at(0, height: 150), width: 300, height: 100)
        log.placed("message", at(-80, height: 180), width: 300, height: 100)
        XCTAssertFalse(log.isComplete)
    }

    func testNothingCountsBeforeTheScreenIsInFront() {
        var log = RenderLog(fields: ["client"])
        log.placed("client", wide, width: 300, height: 100)
        XCTAssertFalse(log.isComplete)
        log.inFront(true, at: 10)
        log.placed("client", wide, width: 300, height: 100)
        XCTAssertTrue(log.isComplete)
    }

    func testWhatIsCutOffAtTheSideOrHasNoSizeDoesNotCount() {
        for frame in [
            FieldFrame(left: -20, top: 0, width: 300, height: 40), FieldFrame(left: 20, top: 0, width: 300, height: 40),
            FieldFrame(left: 0, top: 0, width: 0, height: 40), FieldFrame(left: 0, top: 0, width: 300, height: 0),
        ] {
            var log = log("client")
            log.placed("client", frame, width: 300, height: 100)
            XCTAssertFalse(log.isComplete, "\(frame)")
        }
    }

    func testAnUnknownFieldIsNotReported() {
        var log = log("client")
        log.placed("banner", wide, width: 300, height: 100)
        XCTAssertEqual(log.report(at: 1).drawn, [])
    }

    func testTimeRunsOnlyInFront() {
        var log = RenderLog(fields: [])
        log.inFront(true, at: 1_000)
        log.inFront(false, at: 3_000)
        XCTAssertEqual(log.report(at: 9_000).shownMs, 2_000)
        XCTAssertTrue(log.report(at: 9_000).obscured)
        log.inFront(true, at: 10_000)
        XCTAssertEqual(log.report(at: 10_500).shownMs, 2_500)
        XCTAssertFalse(log.report(at: 10_500).obscured)
    }

    func testSharingAndCallsAreRemembered() {
        var log = log("client")
        log.sharing(true)
        log.sharing(false)
        log.calling(true)
        log.calling(false)
        let report = log.report(at: 1)
        XCTAssertTrue(report.shared)
        XCTAssertTrue(report.callActive)
    }
}
