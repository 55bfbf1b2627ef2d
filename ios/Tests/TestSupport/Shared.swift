import Foundation

/// A value with a lock.
public final class Shared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    public init(_ value: Value) {
        self.value = value
    }

    /// Reads or changes the value while the lock is held.
    public func with<Result>(_ use: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try use(&value) }
    }

    public var now: Value {
        get { with { $0 } }
        set { with { $0 = newValue } }
    }
}
