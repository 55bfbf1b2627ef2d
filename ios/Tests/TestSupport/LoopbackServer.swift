import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// An HTTP server on the loopback address with responses from a test.
public final class LoopbackServer: @unchecked Sendable {
    /// Returns the response to a request, or nil to send no response.
    public typealias Respond = @Sendable (String) -> String?

    public let url: String
    /// The text of every received request.
    public let requests = Shared<[String]>([])
    private let listener: Int32
    private let respond: Respond

    public init(_ respond: @escaping Respond) throws {
        self.respond = respond
        #if canImport(Darwin)
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #else
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let port = try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, size) == 0, listen(listener, 16) == 0,
                    getsockname(listener, pointer, &size) == 0
                else { throw Failure("cannot listen on the loopback address: errno \(errno)") }
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        url = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else { return _ = close(connection) }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var request = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !isComplete(request) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return _ = close(connection) }
            request.append(contentsOf: buffer[..<count])
        }
        let text = String(decoding: request, as: UTF8.self)
        requests.with { $0.append(text) }
        guard let response = respond(text) else {
            // Waits until the client closes the connection.
            while recv(connection, &buffer, buffer.count, 0) > 0 {}
            return _ = close(connection)
        }
        var bytes = Data(response.utf8)
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { break }
            bytes.removeFirst(sent)
        }
        close(connection)
    }

    private func isComplete(_ request: Data) -> Bool {
        let text = String(decoding: request, as: UTF8.self)
        guard let head = text.range(of: "\r\n\r\n") else { return false }
        let length = text[..<head.lowerBound].split(separator: "\r\n").compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].trimmingCharacters(in: .whitespaces))
        }
        return text[head.upperBound...].utf8.count >= (length.first ?? 0)
    }
}

#if canImport(Darwin)
    private let MSG_NOSIGNAL = 0
#endif
