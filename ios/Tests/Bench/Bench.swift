import Countersign
import CountersignTestKeys
import Foundation
import TestSupport

/// What the boundary costs: `receive` from Swift against the same call in Rust on the same bytes, one after the other; and the
/// memory of receive, review and deny, over and over. Prints one line of JSON.
///
/// Arguments: `receive <samples>` or `memory <cycles>`.
@main
struct Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]), count > 0 else {
            throw Failure("usage: bench receive <samples> | memory <cycles>")
        }
        let scene = try await Scene()
        let result: JSON
        switch arguments[1] {
        case "receive": result = try Receive(scene).measure(samples: count)
        case "memory": result = try await Memory(scene).measure(cycles: count)
        default: throw Failure("usage: bench receive <samples> | memory <cycles>")
        }
        FileHandle.standardOutput.write(try result.data() + Data("\n".utf8))
    }
}
