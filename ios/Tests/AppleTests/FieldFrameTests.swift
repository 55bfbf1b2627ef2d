import XCTest

@testable import Countersign

final class FieldFrameTests: XCTestCase {
    private func event(_ frame: FieldFrame) -> SessionEvent {
        frame.visibleEvent(field: "client", width: 300, height: 100)
    }

    func testVisiblePartIsMeasuredFromUpperEdgeOfField() {
        XCTAssertEqual(
            event(FieldFrame(left: 0, top: 20, width: 300, height: 40)),
            .visible(field: "client", height: 40, top: -20, bottom: 80))
        XCTAssertEqual(
            event(FieldFrame(left: 0, top: -150, width: 300, height: 250)),
            .visible(field: "client", height: 250, top: 150, bottom: 250))
    }

    func testFieldClippedAtSideHasNoVisiblePart() {
        let none = SessionEvent.visible(field: "client", height: 40, top: 0, bottom: 0)
        XCTAssertEqual(event(FieldFrame(left: -20, top: 0, width: 300, height: 40)), none)
        XCTAssertEqual(event(FieldFrame(left: 20, top: 0, width: 300, height: 40)), none)
        XCTAssertNotEqual(event(FieldFrame(left: 0.4, top: 0, width: 300, height: 40)), none)
    }

    func testFrameWithoutSizeHasNoVisiblePart() {
        let none = SessionEvent.visible(field: "client", height: 0, top: 0, bottom: 0)
        for frame in [
            FieldFrame(left: 0, top: 0, width: 0, height: 40), FieldFrame(left: 0, top: 0, width: 300, height: 0),
            FieldFrame(left: 0, top: .nan, width: 300, height: 40),
            FieldFrame(left: 0, top: 0, width: 300, height: .infinity),
        ] {
            XCTAssertEqual(event(frame), none, "\(frame)")
        }
    }
}
