import Foundation
import XCTest

@testable import Countersign

final class StateStoreTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)")

    override func tearDown() {
        try? FileManager.default.removeItem(at: folder)
    }

    func testLastSavedStateIsLoaded() throws {
        let store = AppGroupStateStore(folder: folder)
        XCTAssertNil(try store.load())
        try store.save(bytes: Data("one".utf8))
        try store.save(bytes: Data("two".utf8))
        XCTAssertEqual(try AppGroupStateStore(folder: folder).load(), Data("two".utf8))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        XCTAssertEqual(files, ["state"], "no temporary file is left")
    }

    func testPartialFileOfKilledProcessIsIgnored() throws {
        let store = AppGroupStateStore(folder: folder)
        try store.save(bytes: Data("whole".utf8))
        try Data("ha".utf8).write(to: folder.appendingPathComponent("state.new"))
        XCTAssertEqual(try store.load(), Data("whole".utf8))
        try store.save(bytes: Data("next".utf8))
        XCTAssertEqual(try store.load(), Data("next".utf8))
    }

    func testUnreadableStateIsTypedError() throws {
        try Data().write(to: folder)
        let store = AppGroupStateStore(folder: folder.appendingPathComponent("inside"))
        XCTAssertThrowsError(try store.save(bytes: Data([1]))) { XCTAssertTrue($0 is StateStoreError, "\($0)") }
        try FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("state"), withIntermediateDirectories: true)
        XCTAssertThrowsError(try AppGroupStateStore(folder: folder).load()) {
            XCTAssertTrue($0 is StateStoreError, "\($0)")
        }
    }

    func testErasedStateIsEmpty() throws {
        let store = AppGroupStateStore(folder: folder)
        try store.erase()
        try store.save(bytes: Data([1]))
        try store.erase()
        XCTAssertNil(try store.load())
    }

    func testUnknownAppGroupIsError() {
        XCTAssertThrowsError(try AppGroupStateStore(appGroup: "group.none")) { error in
            XCTAssertEqual(
                error as? StateStoreError,
                .failed(reason: "the app group group.none is missing; add it to the entitlements"))
        }
    }

    func testExtensionStoreSavesOnlyInMemory() throws {
        let app = AppGroupStateStore(folder: folder)
        try app.save(bytes: Data("app".utf8))
        let store = ExtensionStateStore(reading: app)
        try store.save(bytes: Data("extension".utf8))
        XCTAssertEqual(try store.load(), Data("extension".utf8))
        XCTAssertEqual(try app.load(), Data("app".utf8))
        XCTAssertEqual(try ExtensionStateStore(reading: app).load(), Data("app".utf8))
    }
}
