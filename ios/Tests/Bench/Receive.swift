import Countersign
import CountersignTestKeys
import Dispatch
import Foundation
import TestSupport

/// Measures `receive` of a new request in Swift and in Rust, alternately and with the same state.
struct Receive {
    private let scene: Scene
    private let state: Data
    private let push: [String: String]

    init(_ scene: Scene) throws {
        self.scene = scene
        guard let state = scene.store.bytes.now else { throw Failure("no state was saved") }
        self.state = state
        push = try scene.bank.push()
    }

    func measure(samples: Int) throws -> JSON {
        let cold = try inSwift()
        var swift: [UInt64] = []
        var rust: [UInt64] = []
        let warm = max(samples / 10, 1)
        for sample in 0..<(samples + warm) {
            // The order alternates.
            let took: (swift: UInt64, rust: UInt64)
            if sample % 2 == 0 {
                let first = try inSwift()
                took = (first, try inRust())
            } else {
                let first = try inRust()
                took = (try inSwift(), first)
            }
            guard sample >= warm else { continue }
            swift.append(took.swift)
            rust.append(took.rust)
        }
        let medians = (swift: median(swift), rust: median(rust))
        return [
            "samples": .number(Double(samples)), "cold_us": .number(Double(cold) / 1000),
            "median_us": .number(Double(medians.swift) / 1000), "rust_median_us": .number(Double(medians.rust) / 1000),
            "ratio": .number(Double(medians.swift) / Double(medians.rust)),
            "state_bytes": .number(Double(state.count)),
        ]
    }

    private func inSwift() throws -> UInt64 {
        let device = try scene.device(over: MemoryState(state))
        let start = DispatchTime.now().uptimeNanoseconds
        let received = try device.receive(push: push)
        let took = DispatchTime.now().uptimeNanoseconds - start
        guard case .request = received else { throw Failure("the push contains \(received)") }
        return took
    }

    private func inRust() throws -> UInt64 {
        let device = try BenchDevice(
            keys: scene.keys.keys, sealingKey: scene.keys.sealing, state: state, wallMs: scene.bank.wallMs())
        return try device.receive(push: push, times: 1)[0]
    }

    private func median(_ values: [UInt64]) -> UInt64 {
        values.sorted()[values.count / 2]
    }
}
