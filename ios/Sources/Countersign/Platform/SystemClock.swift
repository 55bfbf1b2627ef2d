import CountersignFFI
import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The clocks of this device.
public final class SystemClock: DeviceClock {
    /// The clocks of this device.
    public init() {}

    /// Reads all of them at once.
    public func read() throws -> ClockReading {
        ClockReading(
            monotonicMs: try Self.sinceBoot(), bootId: try Self.bootSession(),
            wallMs: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// Milliseconds since the device started, those included that it slept.
    private static func sinceBoot() throws -> UInt64 {
        #if canImport(Darwin)
            let clock = CLOCK_MONOTONIC
        #else
            let clock = CLOCK_BOOTTIME
        #endif
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { throw ClockError.unreadable(reason: "clock_gettime: \(errno)") }
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    /// A name that changes at each start of the device.
    private static func bootSession() throws -> String {
        #if canImport(Darwin)
            var size = 0
            let name = "kern.bootsessionuuid"
            guard sysctlbyname(name, nil, &size, nil, 0) == 0 else {
                throw ClockError.unreadable(reason: "\(name): \(errno)")
            }
            var value = [UInt8](repeating: 0, count: size)
            guard sysctlbyname(name, &value, &size, nil, 0) == 0 else {
                throw ClockError.unreadable(reason: "\(name): \(errno)")
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
