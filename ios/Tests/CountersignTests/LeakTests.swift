import Countersign
import CountersignFFI
import TestSupport
import XCTest

/// What the library holds is let go with it.
final class LeakTests: XCTestCase {
    func testWhatAnAppGaveIsFreeAgain() async throws {
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

    func testARequestKeepsWhatItNeeds() async throws {
        weak var keys: SoftwareKeyStore?
        do {
            let request: PendingRequest
            let (server, ask): (ServerProcess, String)
            do {
                let enrolled = try await Enrolled()
                keys = enrolled.phone.keys
                (ask, request) = try await enrolled.receive()
                server = enrolled.server
            }
            XCTAssertNotNil(keys)
            let outcome = try await request.ticket().approve()
            XCTAssertEqual(outcome, .confirmed)
            let asked = try await server.control.get("/outcome/\(ask)")["outcome"].text
            XCTAssertEqual(asked, "approved")
        }
        try await eventually { keys == nil }
    }

    /// What ends on another thread ends soon, not at once.
    private func eventually(_ condition: () -> Bool, file: StaticString = #filePath, line: UInt = #line) async throws {
        let end = Date().addingTimeInterval(10)
        while !condition() && Date() < end { try await Task.sleep(for: .milliseconds(5)) }
        XCTAssertTrue(condition(), file: file, line: line)
    }
}
