import Countersign
import CountersignFFI
import TestSupport
import XCTest

/// Calls whose task is cancelled.
final class CancellationTests: XCTestCase {
    func testOpenPromptEndsWhenTaskIsCancelled() async throws {
        let enrolled = try await Enrolled()
        let (id, request) = try await enrolled.receive()
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
        // The task of the prompt is cancelled too.
        for await _ in dropped.stream { break }
        enrolled.phone.keys.faults.now = .init()
        XCTAssertEqual(try enrolled.device.pending().map { $0.txn() }, [request.txn()])
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
        let decided = try await enrolled.outcome(id)
        XCTAssertEqual(decided, "approved")
        XCTAssertEqual(enrolled.phone.transport.accepted.now.count, 1)
    }

    func testCancelledTaskStartsNoRefresh() async throws {
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

    /// Cancels an approval in each of its callbacks in turn.
    func testCancelledApprovalIsCompleteOrAbsent() async throws {
        let enrolled = try await Enrolled()
        var reached: Set<String> = []
        for step in 0..<12 {
            let (id, request) = try await enrolled.receive()
            let ticket = try request.ticket()
            let count = Shared(0)
            let approving = Shared<Task<Outcome, any Error>?>(nil)
            let cancelAtStep: @Sendable () -> Void = {
                let now = count.with { count in
                    defer { count += 1 }
                    return count
                }
                if now == step { approving.now?.cancel() }
            }
            enrolled.phone.keys.faults.with {
                $0.sign = { _ in cancelAtStep() }
                $0.signature = { signature in
                    cancelAtStep()
                    return signature
                }
            }
            enrolled.phone.transport.replacement.now = { _, response in
                cancelAtStep()
                return response
            }
            approving.with { $0 = Task { try await ticket.approve() } }
            let result = await approving.now!.result
            enrolled.phone.keys.faults.now = .init()
            enrolled.phone.transport.replacement.now = nil

            let queued = try enrolled.device.pending().isEmpty
            let refreshed = try await enrolled.device.refresh()
            XCTAssertEqual(refreshed.failed, [])
            switch result {
            case .success(let outcome):
                XCTAssertEqual(outcome, .confirmed)
                reached.insert("confirmed")
            case .failure(let error):
                XCTAssertEqual((error as? AuthenticatorError).map(TestSupport.code(of:)), "cancelled")
                reached.insert(queued ? "queued" : "not decided")
            }
            if !queued {
                let denied = try await request.deny(.other)
                XCTAssertEqual(denied, .confirmed)
            }
            let outcome = try await enrolled.outcome(id)
            XCTAssertEqual(outcome, queued ? "approved" : "denied", "cancelled at step \(step)")
        }
        XCTAssertEqual(reached, ["confirmed", "queued", "not decided"])
    }

    /// Cancels a refresh after different times.
    func testDeviceIsUsableAfterCancelledRefresh() async throws {
        let enrolled = try await Enrolled()
        let device = enrolled.device
        for microseconds in stride(from: 0, to: 6000, by: 150) {
            let refreshing = Task { try await device.refresh() }
            try await Task.sleep(for: .microseconds(microseconds))
            refreshing.cancel()
            if case .failure(let error) = await refreshing.result {
                XCTAssertEqual((error as? AuthenticatorError).map(TestSupport.code(of:)), "cancelled")
            }
        }
        let (id, request) = try await enrolled.receive()
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
        let decided = try await enrolled.outcome(id)
        XCTAssertEqual(decided, "approved")
    }
}
