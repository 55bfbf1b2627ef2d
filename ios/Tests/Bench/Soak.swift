import Countersign
import CountersignFFI
import Foundation
import TestSupport

#if canImport(Malloc)
import Malloc
#endif

/// Receives, reviews and denies requests repeatedly. The bank confirms each denial.
struct Soak {
    private static let samples = 10
    /// The number of cycles before the authenticator is opened again with its state.
    private static let cyclesPerDevice = 100

    private let scene: Scene

    init(_ scene: Scene) {
        self.scene = scene
    }

    /// Measures the memory ten times.
    ///
    /// It starts after the phone stores its maximum number of requests and all code was used.
    func measure(cycles: Int) async throws -> JSON {
        for _ in 0..<3 { _ = try await inOneDevice(Self.cyclesPerDevice) }
        let start = Date()
        let step = max(cycles / Self.samples, 1)
        var samples: [JSON] = []
        var done = 0
        while done < cycles {
            let end = min(done + step, cycles)
            while done < end { done += try await inOneDevice(min(end - done, Self.cyclesPerDevice)) }
            samples.append([
                "cycles": .number(Double(done)), "callbacks": .number(Double(foreignFutureCountCountersign())),
                "heap_kb": .number(Double(Self.heapBytes() / 1024)),
                "resident_kb": .number(Double(try Self.residentKilobytes())),
                "state_bytes": .number(Double(scene.store.bytes.now?.count ?? 0)),
            ])
        }
        return [
            "cycles": .number(Double(cycles)), "seconds": .number(Date().timeIntervalSince(start)),
            "samples": .list(samples),
        ]
    }

    private func inOneDevice(_ cycles: Int) async throws -> Int {
        let device = try scene.device()
        for _ in 0..<cycles { try await once(device) }
        return cycles
    }

    private func once(_ device: Authenticator) async throws {
        let received = try device.receive(push: scene.bank.push())
        guard case .request(let request) = received else { throw Failure("the push contains \(received)") }
        let review = try request.review(language: .en)
        guard !review.fields().isEmpty else { throw Failure("the review has no fields") }
        let outcome = try await review.deny(.unexpected, shownMs: 1000)
        guard outcome == .confirmed else { throw Failure("the denial is \(outcome)") }
    }

    /// Returns the size of the used heap, in bytes.
    private static func heapBytes() -> Int {
        #if canImport(Malloc)
        return Int(mallinfo2().uordblks)
        #else
        return 0
        #endif
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
