import Foundation

/// A value that several threads use.
public final class Shared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    public init(_ value: Value) {
        self.value = value
    }

    /// Looks at the value or changes it, alone.
    public func with<Result>(_ use: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try use(&value) }
    }

    public var now: Value {
        get { with { $0 } }
        set { with { $0 = newValue } }
    }
}
