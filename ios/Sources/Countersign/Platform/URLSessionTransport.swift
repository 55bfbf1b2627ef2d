import CountersignFFI
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTP by `URLSession`: no cookies, no cache, no redirects, and no answer longer than wanted.
public final class URLSessionTransport: Transport {
    private let session: URLSession
    private let exchanges: Exchanges

    /// A transport with a session of its own.
    ///
    /// - Parameters:
    ///   - configuration: How the session works. Its cookies, cache and credentials are turned off in any case.
    ///   - trust: Answers the session's question whether a server is the right one, such as ``PinningDelegate``; the system's own
    ///     answer without one.
    public init(
        configuration: URLSessionConfiguration = .ephemeral, trust: (any URLSessionDelegate & Sendable)? = nil
    ) {
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        exchanges = Exchanges(trust: trust)
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    deinit {
        // A session keeps its delegate until it is told that nothing more comes.
        session.finishTasksAndInvalidate()
    }

    /// Sends one request. A status of any kind is an answer; what is thrown is a ``TransportError``. The exchange ends when the
    /// task is cancelled.
    public func send(request: HttpRequest) async throws -> HttpResponse {
        guard let url = URL(string: request.url), url.host != nil else { throw TransportError.unreachable }
        var outgoing = URLRequest(url: url)
        outgoing.httpMethod = request.method
        for header in request.headers {
            outgoing.setValue(header.value, forHTTPHeaderField: header.name)
        }
        if !request.body.isEmpty {
            outgoing.httpBody = request.body
        }
        let timeout = Double(min(request.timeoutMs, 3_600_000)) / 1000
        // The session's own limit is on silence, and in whole seconds on Linux; the exchange keeps the deadline.
        outgoing.timeoutInterval = timeout.rounded(.up) + 1
        let exchange = Exchange(task: session.dataTask(with: outgoing), limit: Int(clamping: request.maxAnswer))
        exchanges.add(exchange)
        defer { exchanges.remove(exchange) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { exchange.begin(timeout: timeout, $0) }
        } onCancel: {
            exchange.end(.failure(TransportError.unreachable))
        }
    }
}
