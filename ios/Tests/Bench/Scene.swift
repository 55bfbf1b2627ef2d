import Countersign
import Foundation
import TestSupport

/// A phone as it is at one moment, a push that came then, and clocks that stand still: the same work each time.
final class Scene: Sendable {
    let keys: SoftwareKeyStore
    let state: Data
    let push: [String: String]
    let wallMs: Int64

    /// Enrols at a real server and has it push a payment.
    init() async throws {
        let server = try ServerProcess()
        let phone = try Phone()
        _ = try await phone.enrolAndConfirm(at: server, token: "bench")
        guard let state = phone.state.bytes.now else { throw Failure("no state was saved") }
        _ = try await server.control.post(
            "/ask",
            [
                "account": "alice", "client": ["id": "bench", "name": "ACME Shop"],
                "binding": ["mode": "entry", "value": "481205"], "expires_in": 600,
                "details": [
                    [
                        "type": "payment_initiation", "instructedAmount": ["currency": "EUR", "amount": "42.50"],
                        "creditorName": "ACME GmbH", "creditorAccount": ["iban": "DE89370400440532013000"],
                        "remittanceInformationUnstructured": "Invoice 2026-0117",
                    ]
                ],
            ])
        push = try await server.control.takePush("bench")
        keys = phone.keys
        self.state = state
        wallMs = Int64(Date().timeIntervalSince1970 * 1000)
        server.stop()
    }

    /// The device as it was before the push came, over callbacks in Swift.
    func device() throws -> Authenticator {
        try Authenticator(
            config: Config(platform: "bench", model: "bench", app: "bench"), keys: keys, state: MemoryState(state),
            clock: StandingClock(wallMs), diagnostics: DiagnosticsHandler { _, _ in }, transport: NoTransport())
    }
}

private final class StandingClock: DeviceClock {
    private let wallMs: Int64

    init(_ wallMs: Int64) {
        self.wallMs = wallMs
    }

    func read() throws -> ClockReading {
        ClockReading(monotonicMs: 0, bootId: "bench", wallMs: wallMs)
    }
}

private final class NoTransport: Transport {
    func send(request: HttpRequest) async throws -> HttpResponse {
        throw TransportError.unreachable
    }
}
