import CountersignFFI
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A running HTTP request.
///
/// It ends once: with a response, with an error, at its deadline or when its task is cancelled.
final class Exchange: @unchecked Sendable {
    let task: URLSessionDataTask
    private let limit: Int
    private let lock = NSLock()
    private var waiting: CheckedContinuation<HttpResponse, any Error>?
    private var result: Result<HttpResponse, any Error>?
    private var deadline: DispatchWorkItem?
    private var body = Data()

    init(task: URLSessionDataTask, limit: Int) {
        self.task = task
        self.limit = limit
    }

    /// Sends the request, unless the exchange has already ended.
    func begin(timeout: Double, _ continuation: CheckedContinuation<HttpResponse, any Error>) {
        let deadline = DispatchWorkItem { [weak self] in self?.end(.failure(TransportError.timeout)) }
        let ended = lock.withLock {
            if result == nil {
                waiting = continuation
                self.deadline = deadline
            }
            return result
        }
        if let ended {
            continuation.resume(with: ended)
            return
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: deadline)
        task.resume()
    }

    /// Appends a part of the response. Ends the exchange if the response is too long.
    func append(_ part: Data) {
        let fits = lock.withLock {
            guard body.count + part.count <= limit else { return false }
            body.append(part)
            return true
        }
        if !fits { end(.failure(TransportError.tooLong)) }
    }

    /// Ends the exchange with the complete response or with an error.
    func complete(_ error: (any Error)?) {
        guard error == nil, let response = task.response as? HTTPURLResponse else {
            end(.failure(TransportError(error)))
            return
        }
        let received = HttpResponse(
            status: UInt16(clamping: response.statusCode), dpopNonce: response.value(forHTTPHeaderField: "DPoP-Nonce"),
            body: lock.withLock { body })
        end(.success(received))
    }

    /// Ends the exchange, unless it has already ended.
    func end(_ ended: Result<HttpResponse, any Error>) {
        let (waiting, deadline): (CheckedContinuation<HttpResponse, any Error>?, DispatchWorkItem?) = lock.withLock {
            guard result == nil else { return (nil, nil) }
            result = ended
            defer { (self.waiting, self.deadline) = (nil, nil) }
            return (self.waiting, self.deadline)
        }
        deadline?.cancel()
        task.cancel()
        waiting?.resume(with: ended)
    }
}

extension TransportError {
    /// Converts an error of `URLSession`.
    fileprivate init(_ error: (any Error)?) {
        switch (error as? URLError)?.code {
        case .timedOut: self = .timeout
        case .dataLengthExceedsMaximum: self = .tooLong
        // A delegate cancels the task of an untrusted server. An exchange that the app cancels has
        // already ended.
        case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
            .clientCertificateRequired, .appTransportSecurityRequiresSecureConnection, .cancelled:
            self = .tls
        default: self = .unreachable
        }
    }
}
