import Foundation
import TestSupport

/// Runs the event scripts of `tests/approval` and prints a line for each.
///
/// Arguments select scripts: those whose name contains one of the arguments.
@main
struct Runner {
    /// The minimum number of scripts. If there are fewer, the folder is wrong.
    static let minScripts = 40

    static func main() async {
        var failed = false
        do {
            let files = try scripts()
            let filters = CommandLine.arguments.dropFirst()
            print(files.count, filters)
        } catch {
            failed = true
            printLine("the scripts did not run: \(error)")
        }
        exit(failed ? 1 : 0)
    }

    /// Returns the files of all scripts, sorted by name.
    private static func scripts() throws -> [URL] {
        let folder = ProcessInfo.processInfo.environment["COUNTERSIGN_APPROVAL"] ?? "tests/approval"
        let files = try FileManager.default.contentsOfDirectory(
            at: URL(fileURLWithPath: folder), includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    /// Prints a line without buffering.
    private static func printLine(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
