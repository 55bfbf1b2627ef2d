import CountersignFFI
import Foundation

/// The state store of a notification extension: it reads the state of the app and saves only in
/// memory.
///
/// It is sufficient to verify a push. Decisions must not be made with it, because a decision that
/// is not saved can be lost. Therefore the extension has no HTTP client (``ExtensionTransport``).
final class ExtensionStateStore: StateStore, @unchecked Sendable {
    private let app: AppGroupStateStore
    private let lock = NSLock()
    /// The bytes that were saved last. The library compares them before it saves again.
    private var saved: Data?

    init(reading app: AppGroupStateStore) {
        self.app = app
    }

    func load() throws -> Data? {
        try lock.withLock { saved } ?? app.load()
    }

    func save(bytes: Data) throws {
        lock.withLock { saved = bytes }
    }
}

/// The HTTP client of a notification extension. It sends no requests.
final class ExtensionTransport: Transport {
    func send(request: HttpRequest) async throws -> HttpResponse {
        throw TransportError.unreachable
    }
}
