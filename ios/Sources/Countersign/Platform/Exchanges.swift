import CountersignFFI
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The running exchanges of a session. Forwards the session's callbacks to them.
final class Exchanges: NSObject, @unchecked Sendable {
    private let trust: (any URLSessionDelegate & Sendable)?
    private let lock = NSLock()
    private var running: [Int: Exchange] = [:]

    init(trust: (any URLSessionDelegate & Sendable)?) {
        self.trust = trust
    }

    func add(_ exchange: Exchange) {
        lock.withLock { running[exchange.task.taskIdentifier] = exchange }
    }

    func remove(_ exchange: Exchange) {
        lock.withLock { _ = running.removeValue(forKey: exchange.task.taskIdentifier) }
    }

    private func exchange(of task: URLSessionTask) -> Exchange? {
        lock.withLock { running[task.taskIdentifier] }
    }
}

extension Exchanges: URLSessionDataDelegate {
    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(of: dataTask)?.append(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        exchange(of: task)?.complete(error)
    }

    /// Follows no redirect: the redirecting response is returned.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        guard let trust else { return completionHandler(.performDefaultHandling, nil) }
        #if canImport(FoundationNetworking)
            trust.urlSession(session, didReceive: challenge, completionHandler: completionHandler)
        #else
            // The method is optional on Apple platforms.
            if trust.urlSession?(session, didReceive: challenge, completionHandler: completionHandler) == nil {
                completionHandler(.performDefaultHandling, nil)
            }
        #endif
    }
}
