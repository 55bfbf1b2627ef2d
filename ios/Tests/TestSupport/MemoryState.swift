import Countersign
import Foundation

/// A state store in memory.
public final class MemoryState: StateStore {
    public let bytes: Shared<Data?>
    /// The error that `load` and `save` throw, if it is not nil.
    public let fault = Shared<(any Error)?>(nil)

    public init(_ bytes: Data? = nil) {
        self.bytes = Shared(bytes)
    }

    public func load() throws -> Data? {
        if let fault = fault.now { throw fault }
        return bytes.now
    }

    public func save(bytes: Data) throws {
        if let fault = fault.now { throw fault }
        self.bytes.now = bytes
    }
}
