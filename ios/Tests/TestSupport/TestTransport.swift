import Countersign
import Foundation

/// Real HTTP that a test can cut.
public final class TestTransport: Transport {
    public enum Mode: Sendable {
        case works
        /// Nothing is reached.
        case refuses
        /// Decisions are taken and never answered.
        case keepsDecisions
    }

    public let mode = Shared(Mode.works)
    /// In place of an answer.
    public let spoiled = Shared<(@Sendable (HttpRequest, HttpResponse) throws -> HttpResponse)?>(nil)
    /// Bodies of decisions that the server answered with 200.
    public let arrived = Shared<[Data]>([])
    /// Bodies of decisions that were taken and not sent.
    public let kept = Shared<[Data]>([])
    private let http = URLSessionTransport()
    private let taken = AsyncStream<Void>.makeStream()

    public init() {}

    /// Waits until a decision was taken and not sent.
    public func decisionTaken() async {
        for await _ in taken.stream { return }
    }

    public func send(request: HttpRequest) async throws -> HttpResponse {
        let decision = request.method == "POST" && request.url.hasSuffix("/decisions")
        switch mode.now {
        case .refuses: throw TransportError.unreachable
        case .keepsDecisions where decision:
            kept.with { $0.append(request.body) }
            taken.continuation.yield()
            await forever()
            throw TransportError.unreachable
        default: break
        }
        let answer = try await http.send(request: request)
        if decision && answer.status == 200 { arrived.with { $0.append(request.body) } }
        return try spoiled.now?(request, answer) ?? answer
    }
}

/// Ends when the task is cancelled and never before.
public func forever() async {
    let never = AsyncStream<Void>.makeStream()
    for await _ in never.stream {}
}
