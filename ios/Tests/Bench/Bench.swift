import Foundation
import TestSupport

/// Measures the cost of the language boundary and the use of memory. Prints one line of JSON.
///
/// Arguments: `receive <samples>` or `soak <cycles>`.
@main
struct Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let usage = Failure("usage: bench receive <samples> | soak <cycles>")
        guard arguments.count == 3, let count = Int(arguments[2]), count > 0 else { throw usage }
        let result: JSON
        switch arguments[1] {
        case "receive": result = try Receive(try await Scene()).measure(samples: count)
        case "soak": result = try await Soak(try await Scene()).measure(cycles: count)
        default: throw usage
        }
        FileHandle.standardOutput.write(try result.data() + Data("\n".utf8))
    }
}
