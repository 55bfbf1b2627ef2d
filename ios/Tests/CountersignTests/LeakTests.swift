import Countersign
import CountersignFFI
import TestSupport
import XCTest

/// The library releases the objects of the app.
final class LeakTests: XCTestCase {
    func testCallbacksAreReleasedWithAuthenticator() async throws {
        weak var keys: SoftwareKeyStore?
        weak var state: MemoryState?
        weak var clock: TestClock?
        weak var transport: TestTransport?
        weak var device: Authenticator?
        do {
            let enrolled = try await Enrolled()
            (keys, state, clock) = (enrolled.phone.keys, enrolled.phone.state, enrolled.phone.clock)
            (transport, device) = (enrolled.phone.transport, enrolled.device)
            let (_, request) = try await enrolled.receive()
            let failing = await code { try enrolled.device.receive(push: [:]) }
            XCTAssertEqual(failing, "rejected")
            let outcome = try await request.ticket().approve()
            XCTAssertEqual(outcome, .confirmed)
            let (_, other) = try await enrolled.receive()
            enrolled.phone.keys.faults.with { $0.sign = { _ in await forever() } }
            let denying = Task { try await other.deny(.other) }
            try await Task.sleep(for: .milliseconds(20))
            denying.cancel()
            let given = await code { try await denying.value }
            XCTAssertEqual(given, "cancelled")
        }
        try await eventually { keys == nil && state == nil && clock == nil && transport == nil && device == nil }
        try await eventually { foreignFutureCountCountersign() == 0 }
    }

    func testRequestRetainsAuthenticator() async throws {
        weak var keys: SoftwareKeyStore?
        do {
            let request: PendingRequest
            let (server, id): (ServerProcess, String)
            do {
                let enrolled = try await Enrolled()
                keys = enrolled.phone.keys
                (id, request) = try await enrolled.receive()
                server = enrolled.server
            }
            XCTAssertNotNil(keys)
            let outcome = try await request.ticket().approve()
            XCTAssertEqual(outcome, .confirmed)
            let decided = try await server.control.get("/outcome/\(id)")["outcome"].text
            XCTAssertEqual(decided, "approved")
        }
        try await eventually { keys == nil }
    }

    /// Waits until a condition is true, because other threads release objects with a delay.
    private func eventually(_ condition: () -> Bool, file: StaticString = #filePath, line: UInt = #line) async throws {
        let end = Date().addingTimeInterval(10)
        while !condition() && Date() < end { try await Task.sleep(for: .milliseconds(5)) }
        XCTAssertTrue(condition(), file: file, line: line)
    }
}
