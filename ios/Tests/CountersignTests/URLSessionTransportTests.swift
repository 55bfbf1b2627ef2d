import Countersign
import Foundation
import TestSupport
import XCTest

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

final class URLSessionTransportTests: XCTestCase {
    private let transport = URLSessionTransport()

    private func request(
        _ url: String, method: String = "GET", headers: [Header] = [], body: Data = Data(), timeoutMs: UInt64 = 30000,
        maxResponseBytes: UInt64 = 65536
    ) -> HttpRequest {
        HttpRequest(
            method: method, url: url, headers: headers, body: body, timeoutMs: timeoutMs,
            maxResponseBytes: maxResponseBytes)
    }

    private func thrown(_ request: HttpRequest) async -> TransportError? {
        do {
            let response = try await transport.send(request: request)
            XCTFail("the server responded with \(response)")
            return nil
        } catch {
            return error as? TransportError
        }
    }

    func testErrorStatusIsReturnedAsResponse() async throws {
        let server = try LoopbackServer { _ in
            "HTTP/1.1 404 Not Found\r\ndpop-nonce: abc\r\ncontent-length: 4\r\n\r\ngone"
        }
        let response = try await transport.send(request: request(server.url))
        XCTAssertEqual(response, HttpResponse(status: 404, dpopNonce: "abc", body: Data("gone".utf8)))
    }

    func testMethodHeadersAndBodyAreSent() async throws {
        let server = try LoopbackServer { _ in "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" }
        let headers = [Header(name: "content-type", value: "application/jose"), Header(name: "dpop", value: "proof")]
        let response = try await transport.send(
            request: request("\(server.url)/decisions?x=1", method: "POST", headers: headers, body: Data("a.b.c".utf8)))
        XCTAssertEqual(response, HttpResponse(status: 200, dpopNonce: nil, body: Data()))
        let received = server.requests.now[0]
        XCTAssertTrue(received.hasPrefix("POST /decisions?x=1 HTTP/1.1\r\n"), received)
        XCTAssertTrue(received.lowercased().contains("content-type: application/jose\r\n"), received)
        XCTAssertTrue(received.lowercased().contains("dpop: proof\r\n"), received)
        XCTAssertTrue(received.hasSuffix("\r\n\r\na.b.c"), received)
    }

    func testRedirectIsNotFollowed() async throws {
        let server = try LoopbackServer { _ in
            "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
        }
        let response = try await transport.send(request: request(server.url))
        XCTAssertEqual(response.status, 302)
        XCTAssertEqual(server.requests.now.count, 1)
    }

    func testCookieIsNotSentBack() async throws {
        let server = try LoopbackServer { _ in "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n" }
        _ = try await transport.send(request: request(server.url))
        _ = try await transport.send(request: request(server.url))
        XCTAssertEqual(server.requests.now.count, 2)
        XCTAssertFalse(server.requests.now.contains { $0.lowercased().contains("cookie") })
    }

    func testTooLongResponseIsError() async throws {
        let server = try LoopbackServer { _ in
            "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + String(repeating: "x", count: 100_000)
        }
        let rejected = await thrown(request(server.url, maxResponseBytes: 99_999))
        XCTAssertEqual(rejected, .tooLong)
        let response = try await transport.send(request: request(server.url, maxResponseBytes: 100_000))
        XCTAssertEqual(response.body.count, 100_000)
    }

    func testUnresponsiveServerTimesOut() async throws {
        let server = try LoopbackServer { _ in nil }
        let start = Date()
        let thrown = await thrown(request(server.url, timeoutMs: 300))
        XCTAssertEqual(thrown, .timeout)
        let waited = Date().timeIntervalSince(start)
        XCTAssertGreaterThanOrEqual(waited, 0.29)
        XCTAssertLessThan(waited, 20)
    }

    func testUnreachableServerIsError() async throws {
        let url: String
        do { url = try LoopbackServer { _ in nil }.url }
        for dead in [url, "https://no-such-host.invalid/", "", "not a url", "http://"] {
            let rejected = await thrown(request(dead))
            XCTAssertEqual(rejected, .unreachable, dead)
        }
    }

    func testCancelledTaskEndsExchange() async throws {
        let server = try LoopbackServer { _ in nil }
        let (transport, request) = (transport, request(server.url))
        let waiting = Task { try await transport.send(request: request) }
        while server.requests.now.isEmpty { await Task.yield() }
        waiting.cancel()
        let ended = await waiting.result
        XCTAssertThrowsError(try ended.get()) { XCTAssertEqual($0 as? TransportError, .unreachable) }

        let never = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await transport.send(request: request)
        }
        never.cancel()
        let notStarted = await never.result
        XCTAssertThrowsError(try notStarted.get()) { XCTAssertEqual($0 as? TransportError, .unreachable) }
    }

    func testConcurrentRequestsGetTheirOwnResponses() async throws {
        let server = try LoopbackServer { request in
            let path = request.split(separator: " ")[1]
            return "HTTP/1.1 200 OK\r\ncontent-length: \(path.utf8.count)\r\n\r\n\(path)"
        }
        let (transport, url) = (transport, server.url)
        try await withThrowingTaskGroup(of: (Int, Data).self) { group in
            for number in 0..<40 {
                let request = request("\(url)/\(number)")
                group.addTask { (number, try await transport.send(request: request).body) }
            }
            for try await (number, body) in group { XCTAssertEqual(body, Data("/\(number)".utf8)) }
        }
    }

    func testSessionIsReleasedWithTransport() async throws {
        final class Trust: NSObject, URLSessionDelegate, Sendable {}
        let server = try LoopbackServer { _ in "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" }
        weak var released: Trust?
        do {
            let trust = Trust()
            released = trust
            let transport = URLSessionTransport(trust: trust)
            _ = try await transport.send(request: request(server.url))
            XCTAssertNotNil(released)
        }
        // The session releases its delegate on another thread.
        let end = Date().addingTimeInterval(10)
        while released != nil && Date() < end { try await Task.sleep(for: .milliseconds(5)) }
        XCTAssertNil(released)
    }
}
