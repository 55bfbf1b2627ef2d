import Countersign
import Foundation

/// One blob in memory, which outlives the device.
public final class MemoryState: StateStore {
    public let bytes: Shared<Data?>
    /// Thrown by every `load` and `save` while it is set.
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
