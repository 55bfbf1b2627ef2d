import Countersign
import Foundation

/// Real time, shifted by a test.
public final class TestClock: DeviceClock {
    private struct Hands {
        var started = Date()
        var boot = 1
        var monotonicShift: Int64 = 0
        var wallShift: Int64 = 0
        var fault: ClockError?
    }

    private let hands = Shared(Hands())

    public init() {}

    /// Lets time pass, by the monotonic clock alone.
    public func pass(seconds: Int) {
        hands.with { $0.monotonicShift += Int64(seconds) * 1000 }
    }

    /// Sets how wrong the wall clock is.
    public func shiftWall(seconds: Int) {
        hands.with { $0.wallShift = Int64(seconds) * 1000 }
    }

    /// The phone starts again: another boot, and the monotonic clock from 0.
    public func restart() {
        hands.with {
            $0.started = Date()
            $0.boot += 1
            $0.monotonicShift = 0
        }
    }

    /// Thrown from now on, or nothing.
    public func fail(_ error: ClockError?) {
        hands.with { $0.fault = error }
    }

    public func read() throws -> ClockReading {
        try hands.with { hands in
            if let fault = hands.fault { throw fault }
            let now = Date()
            let up = Int64(now.timeIntervalSince(hands.started) * 1000) + hands.monotonicShift
            return ClockReading(
                monotonicMs: UInt64(max(0, up)), bootId: "boot-\(hands.boot)",
                wallMs: Int64(now.timeIntervalSince1970 * 1000) + hands.wallShift)
        }
    }
}
