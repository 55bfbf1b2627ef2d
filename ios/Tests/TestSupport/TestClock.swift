import Countersign
import Foundation

/// The system clock with an offset that a test sets.
public final class TestClock: DeviceClock {
    private struct State {
        var started = Date()
        var boot = 1
        var monotonicShift: Int64 = 0
        var wallShift: Int64 = 0
        var fault: ClockError?
    }

    private let state = Shared(State())

    public init() {}

    /// Advances the monotonic clock.
    public func pass(seconds: Int) {
        state.with { $0.monotonicShift += Int64(seconds) * 1000 }
    }

    /// Sets the offset of the wall clock.
    public func shiftWall(seconds: Int) {
        state.with { $0.wallShift = Int64(seconds) * 1000 }
    }

    /// Simulates a restart: a new boot id and a monotonic clock that starts at 0.
    public func restart() {
        state.with {
            $0.started = Date()
            $0.boot += 1
            $0.monotonicShift = 0
        }
    }

    /// Sets the error of `read`, or nil for none.
    public func fail(_ error: ClockError?) {
        state.with { $0.fault = error }
    }

    public func read() throws -> ClockReading {
        try state.with { state in
            if let fault = state.fault { throw fault }
            let now = Date()
            let up = Int64(now.timeIntervalSince(state.started) * 1000) + state.monotonicShift
            return ClockReading(
                monotonicMs: UInt64(max(0, up)), bootId: "boot-\(state.boot)",
                wallMs: Int64(now.timeIntervalSince1970 * 1000) + state.wallShift)
        }
    }
}
