import CountersignFFI
import Foundation

/// The state store of a notification extension: it reads the state of the app and saves nothing.
///
/// It is sufficient to verify a push. Decisions must not be made with it, because a decision that
/// is not saved can be lost. Therefore the extension has no HTTP client (``ExtensionTransport``).
final class ExtensionStateStore: StateStore {
    private let app: AppGroupStateStore

    init(reading app: AppGroupStateStore) {
        self.app = app
    }

    func load() throws -> Data? {
        try app.load()
    }

    func save(bytes: Data) throws {}
}

/// The HTTP client of a notification extension. It sends no requests.
final class ExtensionTransport: Transport {
    func send(request: HttpRequest) async throws -> HttpResponse {
        throw TransportError.unreachable
    }
}
