import Countersign
import Foundation

/// An HTTP client that a test can interrupt.
public final class TestTransport: Transport {
    public enum Mode: Sendable {
        case works
        /// No server can be reached.
        case offline
        /// Decisions are stored and not sent.
        case storesDecisions
    }

    public let mode = Shared(Mode.works)
    /// Replaces a response.
    public let replacement = Shared<(@Sendable (HttpRequest, HttpResponse) throws -> HttpResponse)?>(nil)
    /// The bodies of the decisions that the server accepted with status 200.
    public let accepted = Shared<[Data]>([])
    /// The bodies of the decisions that were stored and not sent.
    public let stored = Shared<[Data]>([])
    private let http = URLSessionTransport()
    private let decisions = AsyncStream<Void>.makeStream()

    public init() {}

    /// Waits until a decision was stored.
    public func decisionStored() async {
        for await _ in decisions.stream { return }
    }

    public func send(request: HttpRequest) async throws -> HttpResponse {
        let decision = request.method == "POST" && request.url.hasSuffix("/decisions")
        switch mode.now {
        case .offline: throw TransportError.unreachable
        case .storesDecisions where decision:
            stored.with { $0.append(request.body) }
            decisions.continuation.yield()
            await forever()
            throw TransportError.unreachable
        default: break
        }
        let response = try await http.send(request: request)
        if decision && response.status == 200 { accepted.with { $0.append(request.body) } }
        return try replacement.now?(request, response) ?? response
    }
}

/// Waits until the task is cancelled.
public func forever() async {
    let never = AsyncStream<Void>.makeStream()
    for await _ in never.stream {}
}
