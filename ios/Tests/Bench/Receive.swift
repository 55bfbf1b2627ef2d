import Countersign
import CountersignTestKeys
import Dispatch
import TestSupport

/// `receive` in both languages.
struct Receive {
    let scene: Scene

    init(_ scene: Scene) {
        self.scene = scene
    }

    /// Each sample opens a device as it was before the push, in both languages, and measures `receive` alone.
    func measure(samples: Int) throws -> JSON {
        let cold = try inSwift()
        var swift: [UInt64] = []
        var rust: [UInt64] = []
        let warm = max(samples / 10, 1)
        for sample in 0..<(samples + warm) {
            // Neither language always comes second.
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
            "call": "receive", "language": "swift", "samples": .number(Double(samples)),
            "cold_us": .number(Double(cold) / 1000), "median_us": .number(Double(medians.swift) / 1000),
            "rust_median_us": .number(Double(medians.rust) / 1000),
            "ratio": .number(Double(medians.swift) / Double(medians.rust)),
        ]
    }

    private func inSwift() throws -> UInt64 {
        let device = try scene.device()
        let begun = DispatchTime.now().uptimeNanoseconds
        let received = try device.receive(push: scene.push)
        let took = DispatchTime.now().uptimeNanoseconds - begun
        guard case .request = received else { throw Failure("the push brought \(received)") }
        return took
    }

    private func inRust() throws -> UInt64 {
        let device = try BenchDevice(
            keys: scene.keys.keys, sealingKey: scene.keys.sealing, state: scene.state, wallMs: scene.wallMs)
        return try device.receive(push: scene.push, times: 1)[0]
    }

    private func median(_ values: [UInt64]) -> UInt64 {
        values.sorted()[values.count / 2]
    }
}
