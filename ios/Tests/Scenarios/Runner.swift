import Foundation
import TestSupport

/// Runs the scenarios of `tests/scenarios.md` and prints a line for each.
///
/// Arguments select scenarios: those whose name contains one of the arguments.
@main
struct Runner {
    /// The maximum duration of a scenario.
    static let maxDuration = Duration.seconds(120)

    static let all: [(name: String, run: @Sendable (TestIssuer, ScenarioData) async throws -> Void)] = [
        ("enrol", enrol), ("sealed_push", sealedPush), ("wake_push", wakePush), ("fetch", fetch), ("review", review),
        ("entry_right", entryRight), ("entry_wrong", entryWrong), ("deny_with_reason", denyWithReason),
        ("evidence", evidence), ("expired", expired), ("replay", replay), ("unknown_detail", unknownDetail),
        ("offline_then_flush", offlineThenFlush), ("codes_without_network", codesWithoutNetwork),
        ("killed_between_sign_and_send", killedBetweenSignAndSend),
        ("key_invalidated", keyInvalidated), ("rotate", rotate), ("rotate_all", rotateAll),
        ("unenrol_by_phone", unenrolByPhone),
        ("unenrol_by_server", unenrolByServer), ("two_issuers", twoIssuers), ("server_key_rollover", serverKeyRollover),
        ("clock_wrong", clockWrong),
    ]

    static func main() async {
        let filters = CommandLine.arguments.dropFirst()
        let chosen = all.filter { scenario in filters.isEmpty || filters.contains { scenario.name.contains($0) } }
        var failed = false
        do {
            let issuer = try TestIssuer()
            for (name, run) in chosen {
                do {
                    let data = try ScenarioData(name: name)
                    try await within(maxDuration) { try await run(issuer, data) }
                    printLine("SCENARIO \(name) ok")
                } catch {
                    failed = true
                    let message = "\(error)".split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    printLine("SCENARIO \(name) FAILED: \(message)")
                }
            }
            issuer.stop()
        } catch {
            failed = true
            printLine("the server did not start: \(error)")
        }
        exit(failed ? 1 : 0)
    }

    /// Prints a line without buffering.
    private static func printLine(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }

    private static func within(
        _ maxDuration: Duration, _ run: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: run)
            group.addTask {
                try await Task.sleep(for: maxDuration)
                throw Failure("the scenario did not end")
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
