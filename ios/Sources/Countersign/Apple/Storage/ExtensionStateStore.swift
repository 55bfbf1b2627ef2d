import CountersignFFI
import Foundation

/// The state as a notification extension has it: it reads what the app wrote, and what is saved here is forgotten.
///
/// It is for looking at a push only. Nothing may be answered with it: an answer that is not kept can be lost, so the extension
/// has no HTTP either (``ExtensionTransport``).
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

/// HTTP as a notification extension has it: none.
final class ExtensionTransport: Transport {
    func send(request: HttpRequest) async throws -> HttpResponse {
        throw TransportError.unreachable
    }
}
