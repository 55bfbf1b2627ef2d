import Countersign
import CountersignFFI
import TestSupport
import XCTest

/// Calls that are given up.
final class CancellationTests: XCTestCase {
    func testAPromptThatNeverReturns() async throws {
        let enrolled = try await Enrolled()
        let (ask, request) = try await enrolled.receive()
        let prompted = AsyncStream<Void>.makeStream()
        let dropped = AsyncStream<Void>.makeStream()
        enrolled.phone.keys.faults.with {
            $0.sign = { _ in
                prompted.continuation.yield()
                await forever()
                dropped.continuation.yield()
                throw CancellationError()
            }
        }
        let ticket = try request.ticket()
        let approving = Task { try await ticket.approve() }
        for await _ in prompted.stream { break }
        approving.cancel()
        let given = await code { try await approving.value }
        XCTAssertEqual(given, "cancelled")
        // The prompt itself is told: its task is cancelled.
        for await _ in dropped.stream { break }
        enrolled.phone.keys.faults.now = .init()
        XCTAssertEqual(try enrolled.device.pending().map { $0.txn() }, [request.txn()])
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
        let asked = try await enrolled.outcome(ask)
        XCTAssertEqual(asked, "approved")
        XCTAssertEqual(enrolled.phone.transport.arrived.now.count, 1)
    }

    func testATaskThatIsCancelledBefore() async throws {
        let enrolled = try await Enrolled()
        let device = enrolled.device
        let refreshing = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await device.refresh()
        }
        refreshing.cancel()
        let given = await code { try await refreshing.value }
        XCTAssertEqual(given, "cancelled")
        let refreshed = try await device.refresh()
        XCTAssertEqual(refreshed.failed, [])
    }

    /// Each step of an approval is a callback; the call is given up in each of them in turn.
    func testAnApprovalGivenUpAnywhereIsWholeOrNotAtAll() async throws {
        let enrolled = try await Enrolled()
        var reached: Set<String> = []
        for step in 0..<12 {
            let (ask, request) = try await enrolled.receive()
            let ticket = try request.ticket()
            let count = Shared(0)
            let approving = Shared<Task<Outcome, any Error>?>(nil)
            let giveUp: @Sendable () -> Void = {
                let now = count.with { count in
                    defer { count += 1 }
                    return count
                }
                if now == step { approving.now?.cancel() }
            }
            enrolled.phone.keys.faults.with {
                $0.sign = { _ in giveUp() }
                $0.signature = { signature in
                    giveUp()
                    return signature
                }
            }
            enrolled.phone.transport.spoiled.now = { _, answer in
                giveUp()
                return answer
            }
            approving.with { $0 = Task { try await ticket.approve() } }
            let result = await approving.now!.result
            enrolled.phone.keys.faults.now = .init()
            enrolled.phone.transport.spoiled.now = nil

            let kept = try enrolled.device.pending().isEmpty
            let refreshed = try await enrolled.device.refresh()
            XCTAssertEqual(refreshed.failed, [])
            switch result {
            case .success(let outcome):
                XCTAssertEqual(outcome, .confirmed)
                reached.insert("confirmed")
            case .failure(let error):
                XCTAssertEqual((error as? AuthenticatorError)?.code, "cancelled")
                reached.insert(kept ? "kept" : "nothing done")
            }
            if !kept {
                let denied = try await request.deny(.other)
                XCTAssertEqual(denied, .confirmed)
            }
            let outcome = try await enrolled.outcome(ask)
            XCTAssertEqual(outcome, kept ? "approved" : "denied", "given up at step \(step)")
        }
        XCTAssertEqual(reached, ["confirmed", "kept", "nothing done"])
    }

    /// The same by time, at moments that nobody chose.
    func testARefreshGivenUpAtAnyTimeLeavesTheDeviceUsable() async throws {
        let enrolled = try await Enrolled()
        let device = enrolled.device
        for microseconds in stride(from: 0, to: 6000, by: 150) {
            let refreshing = Task { try await device.refresh() }
            try await Task.sleep(for: .microseconds(microseconds))
            refreshing.cancel()
            if case .failure(let error) = await refreshing.result {
                XCTAssertEqual((error as? AuthenticatorError)?.code, "cancelled")
            }
        }
        let (ask, request) = try await enrolled.receive()
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
        let asked = try await enrolled.outcome(ask)
        XCTAssertEqual(asked, "approved")
    }
}
