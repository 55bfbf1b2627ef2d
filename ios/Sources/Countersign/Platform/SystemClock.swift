import CountersignFFI
import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system clocks of this device.
public final class SystemClock: DeviceClock {
    /// Creates a clock.
    public init() {}

    /// Reads all clocks.
    ///
    /// - Throws: ``ClockError`` if the system does not provide a clock.
    public func read() throws -> ClockReading {
        ClockReading(
            monotonicMs: try Self.sinceBoot(), bootId: try Self.bootSession(),
            wallMs: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// Returns the time since the device started, including sleep, in milliseconds.
    private static func sinceBoot() throws -> UInt64 {
        #if canImport(Darwin)
            let clock = CLOCK_MONOTONIC
        #else
            let clock = CLOCK_BOOTTIME
        #endif
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else {
            throw ClockError.unreadable(reason: "clock_gettime failed with errno \(errno)")
        }
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    /// Returns an identifier that changes when the device restarts.
    private static func bootSession() throws -> String {
        #if canImport(Darwin)
            var size = 0
            let name = "kern.bootsessionuuid"
            guard sysctlbyname(name, nil, &size, nil, 0) == 0 else {
                throw ClockError.unreadable(reason: "sysctl \(name) failed with errno \(errno)")
            }
            var value = [UInt8](repeating: 0, count: size)
            guard sysctlbyname(name, &value, &size, nil, 0) == 0 else {
                throw ClockError.unreadable(reason: "sysctl \(name) failed with errno \(errno)")
            }
            return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
        #else
            let file = "/proc/sys/kernel/random/boot_id"
            guard let value = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw ClockError.unreadable(reason: "\(file) cannot be read")
            }
            return value.trimmingCharacters(in: .whitespacesAndNewlines)
        #endif
    }
}
