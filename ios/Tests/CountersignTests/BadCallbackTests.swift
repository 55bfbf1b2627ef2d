import Countersign
import TestSupport
import XCTest

/// Invalid results and errors of the platform. The request can be decided afterwards.
final class BadCallbackTests: XCTestCase {
    func testInvalidSignatureIsKeyStoreError() async throws {
        let enrolled = try await Enrolled()
        let (id, request) = try await enrolled.receive()
        let faults = enrolled.phone.keys.faults
        let number = [0x02, 0x20] + [UInt8](repeating: 1, count: 32)
        let der = Data([0x30, 0x44] + number + number)
        for invalid in [
            Data(), Data([1]), der, Data(repeating: 0, count: 64), Data(repeating: 7, count: 63),
            Data(count: 5_000_000),
        ] {
            faults.with { $0.signature = { _ in invalid } }
            let approved = await code { try await request.ticket().approve() }
            XCTAssertEqual(approved, "key_store_unavailable", "\(invalid.count) bytes")
            let denied = await code { try await request.deny(.notMe) }
            XCTAssertEqual(denied, "key_store_unavailable", "\(invalid.count) bytes")
        }
        XCTAssertEqual(enrolled.phone.transport.accepted.now, [])
        faults.now = .init()
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
        let decided = try await enrolled.outcome(id)
        XCTAssertEqual(decided, "approved")
    }

    func testSignerErrorsAreTyped() async throws {
        let enrolled = try await Enrolled()
        let (_, request) = try await enrolled.receive()
        let thrown: [(any Error & Sendable, String)] = [
            (KeyStoreError.missing, "key_missing"), (KeyStoreError.invalidated, "key_invalidated"),
            (KeyStoreError.cancelled, "prompt_cancelled"), (KeyStoreError.notVerified, "user_not_verified"),
            (KeyStoreError.locked, "device_locked"), (KeyStoreError.unavailable(reason: "x"), "key_store_unavailable"),
            (UnexpectedError(), "key_store_unavailable"), (CancellationError(), "key_store_unavailable"),
        ]
        for (error, expected) in thrown {
            enrolled.phone.keys.faults.with { $0.sign = { _ in throw error } }
            let thrown = await code { try await request.ticket().approve() }
            XCTAssertEqual(thrown, expected)
        }
        enrolled.phone.keys.faults.now = .init()
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
    }

    func testInvalidPublicKeyIsKeyStoreError() async throws {
        let server = try Enrolled.server.get()
        let phone = try Phone()
        let faults = phone.keys.faults
        for invalid in [Data(), Data(repeating: 4, count: 65), Data(repeating: 0, count: 64), Data(count: 1_000_000)] {
            faults.with {
                $0.created = {
                    CreatedKey(
                        handle: $0.handle, publicKey: invalid, protection: .software, verification: .none,
                        evidence: [])
                }
            }
            let thrown = await code { try await phone.enrol(at: server, token: "invalid") }
            XCTAssertEqual(thrown, "key_store_unavailable")
        }
        faults.with {
            $0.created = nil
            $0.create = { _ in throw UnexpectedError() }
        }
        let thrown = await code { try await phone.enrol(at: server, token: "invalid") }
        XCTAssertEqual(thrown, "key_store_unavailable")
        XCTAssertEqual(try phone.device.enrolments(), [])
        faults.now = .init()
        let enrolment = try await phone.enrolAndConfirm(at: server, token: UUID().uuidString)
        XCTAssertEqual(try enrolment.info().state, .active)
    }

    func testInvalidSharedSecretRejectsPush() async throws {
        let enrolled = try await Enrolled()
        let (_, push) = try await enrolled.requestPush()
        let faults = enrolled.phone.keys.faults
        // The error of a push does not depend on the cause.
        let replacements: [@Sendable (Data) throws -> Data] = [
            { _ in Data() }, { $0 + $0 }, { _ in Data(repeating: 1, count: 32) }, { _ in throw KeyStoreError.locked },
            { _ in throw UnexpectedError() },
        ]
        for replacement in replacements {
            faults.with { $0.agreed = replacement }
            let thrown = await code { try enrolled.device.receive(push: push) }
            XCTAssertEqual(thrown, "rejected")
        }
        faults.now = .init()
        guard case .request = try enrolled.device.receive(push: push) else {
            return XCTFail("the valid push is not accepted")
        }
    }

    func testLostKeysAreReportedAsMissing() async throws {
        let enrolled = try await Enrolled()
        let (_, request) = try await enrolled.receive()
        let (_, push) = try await enrolled.requestPush()
        enrolled.phone.keys.lose()
        let approved = await code { try await request.ticket().approve() }
        XCTAssertEqual(approved, "key_missing")
        let denied = await code { try await request.deny(.notMe) }
        XCTAssertEqual(denied, "key_missing")
        let received = await code { try enrolled.device.receive(push: push) }
        XCTAssertEqual(received, "rejected")
        let failed = try await enrolled.device.refresh().failed
        XCTAssertEqual(failed.map(\.code), ["key_missing"])
        XCTAssertEqual(try enrolled.device.enrolments().map(\.state), [.active])
    }

    func testDecisionIsNotSentUnlessStateIsSaved() async throws {
        let enrolled = try await Enrolled()
        let (_, request) = try await enrolled.receive()
        let (_, push) = try await enrolled.requestPush()
        for error: any Error in [StateStoreError.failed(reason: "full"), UnexpectedError()] {
            enrolled.phone.state.fault.now = error
            let received = await code { try enrolled.device.receive(push: push) }
            XCTAssertEqual(received, "state_store")
            let approved = await code { try await request.ticket().approve() }
            XCTAssertEqual(approved, "state_store")
        }
        XCTAssertEqual(enrolled.phone.transport.accepted.now, [], "a decision was sent before it was saved")
        enrolled.phone.state.fault.now = nil
        guard case .request = try enrolled.device.receive(push: push) else {
            return XCTFail("the valid push is not accepted")
        }
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .confirmed)
    }

    func testInvalidStateIsNotOverwritten() async throws {
        let enrolled = try await Enrolled()
        guard let good = enrolled.phone.state.bytes.now else { return XCTFail("no state was saved") }
        var damaged = good
        damaged[damaged.count / 2] ^= 1
        for bytes in [Data(), Data([0]), Data(count: 1_000_000), good.dropLast(), damaged] {
            enrolled.phone.state.bytes.now = bytes
            let thrown = await code { try enrolled.phone.reopen() }
            XCTAssertTrue(thrown.hasPrefix("state_"), thrown)
            XCTAssertEqual(enrolled.phone.state.bytes.now, bytes)
        }
        enrolled.phone.state.bytes.now = good
        for key in [Data(), Data(count: 31), Data(count: 33)] {
            enrolled.phone.keys.faults.with { $0.sealing = { _ in key } }
            let thrown = await code { try enrolled.phone.reopen() }
            XCTAssertEqual(thrown, "key_store_unavailable")
        }
        enrolled.phone.keys.faults.with { $0.sealing = { _ in throw KeyStoreError.missing } }
        let thrown = await code { try enrolled.phone.reopen() }
        XCTAssertEqual(thrown, "key_missing")
        enrolled.phone.keys.faults.now = .init()
        try enrolled.phone.reopen()
        XCTAssertEqual(try enrolled.device.enrolments().count, 1)
    }

    func testUnreadableClockIsError() async throws {
        let enrolled = try await Enrolled()
        let (_, push) = try await enrolled.requestPush()
        enrolled.phone.clock.fail(.unreadable(reason: "no clock"))
        let received = await code { try enrolled.device.receive(push: push) }
        XCTAssertEqual(received, "clock")
        enrolled.phone.clock.fail(nil)
        guard case .request = try enrolled.device.receive(push: push) else {
            return XCTFail("the valid push is not accepted")
        }
    }

    func testInvalidServerResponsesAreErrors() async throws {
        let enrolled = try await Enrolled()
        let (id, request) = try await enrolled.receive()
        let replacement = enrolled.phone.transport.replacement
        let responses: [HttpResponse] = [
            HttpResponse(status: 200, dpopNonce: nil, body: Data()),
            HttpResponse(status: 200, dpopNonce: nil, body: Data("a.b.c".utf8)),
            HttpResponse(status: 0, dpopNonce: "\0", body: Data(repeating: 0xFF, count: 100)),
            HttpResponse(
                status: 65535, dpopNonce: String(repeating: "x", count: 100_000), body: Data(count: 10_000_000)),
        ]
        for response in responses {
            replacement.now = { _, _ in response }
            let failed = try await enrolled.device.refresh().failed
            XCTAssertEqual(failed.count, 1)
        }
        replacement.now = { _, _ in throw UnexpectedError() }
        let outcome = try await request.ticket().approve()
        XCTAssertEqual(outcome, .queued)
        replacement.now = nil
        let refreshed = try await enrolled.device.refresh()
        XCTAssertEqual(refreshed.failed, [])
        let decided = try await enrolled.outcome(id)
        XCTAssertEqual(decided, "approved")
    }

    func testFailingDiagnosticsAreIgnored() async throws {
        final class Failing: Diagnostics {
            func record(during: String, code: String) throws { throw UnexpectedError() }
        }
        let phone = try Phone()
        let device = try Authenticator(
            config: Config(platform: "test", model: "m", app: "a", issuers: .unrestricted), keys: phone.keys,
            state: phone.state,
            clock: phone.clock,
            diagnostics: Failing(), transport: phone.transport)
        let thrown = await code { try device.receive(push: ["v": "1", "e": "x", "p": "y"]) }
        XCTAssertEqual(thrown, "rejected")
    }
}
