import Countersign
import CountersignTestKeys
import Foundation
import TestSupport

/// A phone with callbacks in Swift that is enrolled at a bank in the same process.
final class Scene: Sendable {
    let bank: Bank
    let keys = NativeKeys()
    /// The last saved state of the phone.
    let store = MemoryState()

    init() async throws {
        bank = try Bank()
        let device = try device()
        _ = try await device.enrol(
            offer: device.parseOffer(link: bank.offer()), push: PushAddress(kind: .apns, token: "bench"))
    }

    func device(over store: MemoryState? = nil) throws -> Authenticator {
        try Authenticator(
            config: Config(platform: "bench", model: "bench", app: "bench", issuers: .unrestricted), keys: keys,
            state: store ?? self.store,
            clock: FixedClock(bank.wallMs()), diagnostics: DiagnosticsHandler { _, _ in },
            transport: BankTransport(bank))
    }
}

private final class FixedClock: DeviceClock {
    private let wallMs: Int64

    init(_ wallMs: Int64) {
        self.wallMs = wallMs
    }

    func read() throws -> ClockReading {
        ClockReading(monotonicMs: 0, bootId: "bench", wallMs: wallMs)
    }
}

/// Sends requests to the bank in the same process.
private final class BankTransport: Transport {
    private let bank: Bank

    init(_ bank: Bank) {
        self.bank = bank
    }

    func send(request: HttpRequest) async throws -> HttpResponse {
        HttpResponse(status: 200, dpopNonce: nil, body: try bank.answer(url: request.url, body: request.body))
    }
}
