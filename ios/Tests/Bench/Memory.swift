import Countersign
import Foundation
import TestSupport

/// Receive, review, deny, again and again. Every object of a cycle is made in it, the device included, and must be gone after it.
struct Memory {
    let scene: Scene

    init(_ scene: Scene) {
        self.scene = scene
    }

    func measure(cycles: Int) async throws -> JSON {
        var resident: [JSON] = []
        let begun = Date()
        for cycle in 0..<cycles {
            if cycle % max(cycles / 10, 1) == 0 { resident.append(.number(Double(try Self.residentKilobytes()))) }
            try await once()
        }
        resident.append(.number(Double(try Self.residentKilobytes())))
        return [
            "call": "receive, review, deny", "language": "swift", "cycles": .number(Double(cycles)),
            "seconds": .number(Date().timeIntervalSince(begun)), "resident_kb": .list(resident),
        ]
    }

    private func once() async throws {
        let received = try scene.device().receive(push: scene.push)
        guard case .request(let request) = received else { throw Failure("the push brought \(received)") }
        let review = try request.review(language: .en)
        guard !review.fields().isEmpty else { throw Failure("nothing to show") }
        let outcome = try await review.deny(.notMe, shownMs: 1000)
        guard outcome == .queued else { throw Failure("the denial is \(outcome)") }
    }

    private static func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure("/proc/self/status has no VmRSS")
        }
        return kilobytes
    }
}
