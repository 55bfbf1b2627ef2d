import CountersignFFI
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// An HTTP client on `URLSession`.
///
/// It uses no cookies and no cache, follows no redirects and limits the length of responses.
public final class URLSessionTransport: Transport {
    private let session: URLSession
    private let exchanges: Exchanges

    /// Creates a transport with its own session.
    ///
    /// - Parameters:
    ///   - configuration: The configuration of the session. Cookies, cache and stored credentials
    ///     are always disabled.
    ///   - trust: Decides whether a server is trusted, for example ``PinningDelegate``. If it is
    ///     nil, the system decides.
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
        // A session retains its delegate until it is invalidated.
        session.finishTasksAndInvalidate()
    }

    /// Sends a request.
    ///
    /// Cancelling the task ends the exchange.
    ///
    /// - Returns: The response, whatever its status is.
    /// - Throws: ``TransportError`` if no response was received.
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
        // This limit applies to the time without data, and Linux rounds it to seconds. The exchange
        // enforces the deadline.
        outgoing.timeoutInterval = timeout.rounded(.up) + 1
        let exchange = Exchange(task: session.dataTask(with: outgoing), limit: Int(clamping: request.maxResponseBytes))
        exchanges.add(exchange)
        defer { exchanges.remove(exchange) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { exchange.begin(timeout: timeout, $0) }
        } onCancel: {
            exchange.end(.failure(TransportError.unreachable))
        }
    }
}
