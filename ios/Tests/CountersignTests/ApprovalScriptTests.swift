import Foundation
import TestSupport
import XCTest

/// Runs the event scripts of `tests/approval` on the core and prints a line for each.
///
/// The environment variable COUNTERSIGN_APPROVAL names another folder.
final class ApprovalScriptTests: XCTestCase {
    /// The minimum number of scripts. If there are fewer, the folder is not complete.
    private static let minScripts = 40

    func testEveryScriptLeadsToItsStates() async throws {
        let scripts = try scripts()
        XCTAssertGreaterThanOrEqual(scripts.count, Self.minScripts)
        for file in scripts {
            let name = file.deletingPathExtension().lastPathComponent
            do {
                try await ApprovalScript(String(contentsOf: file, encoding: .utf8)).run()
                print("APPROVAL \(name) ok")
            } catch {
                let message = "\(error)".split(whereSeparator: \.isWhitespace).joined(separator: " ")
                print("APPROVAL \(name) FAILED: \(message)")
                XCTFail("\(name): \(message)")
            }
        }
    }

    /// Returns the files of all scripts, sorted by name.
    private func scripts() throws -> [URL] {
        let root = (1...4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let folder =
            ProcessInfo.processInfo.environment["COUNTERSIGN_APPROVAL"].map { URL(fileURLWithPath: $0) }
            ?? root.appendingPathComponent("tests/approval")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }
}
