import Countersign
import Foundation

/// A phone under test: a device and what it stands on.
public final class Phone: @unchecked Sendable {
    public let keys: SoftwareKeyStore
    public let state: MemoryState
    public let clock: TestClock
    public private(set) var transport: TestTransport
    public private(set) var device: Authenticator

    /// A phone with a device that has no enrolment.
    public init(clock: TestClock = TestClock()) throws {
        keys = SoftwareKeyStore()
        state = MemoryState()
        self.clock = clock
        transport = TestTransport()
        device = try Self.open(keys, state, clock, transport)
    }

    /// Drops the device and opens another one on what was kept.
    public func reopen(transport fresh: TestTransport? = nil) throws {
        transport = fresh ?? transport
        device = try Self.open(keys, state, clock, transport)
    }

    private static func open(
        _ keys: SoftwareKeyStore, _ state: MemoryState, _ clock: TestClock, _ transport: TestTransport
    ) throws -> Authenticator {
        try Authenticator(
            config: Config(platform: "test", model: "Scenario", app: "scenarios"), keys: keys, state: state, clock: clock,
            diagnostics: DiagnosticsHandler { _, _ in }, transport: transport)
    }

    /// Enrols at a server, up to the confirmation code. Gives the offer's name too.
    public func enrol(at server: ServerProcess, token: String) async throws -> (enrolment: Enrolment, offer: JSON, link: String) {
        let offered = try await server.control.post("/offer", ["account": "alice"])
        guard let link = offered["link"].text else { throw Failure("/offer gave no link") }
        let offer = try device.parseOffer(link: link)
        let enrolment = try await device.enrol(offer: offer, push: PushAddress(kind: .fcm, token: token))
        return (enrolment, offered["offer"], link)
    }

    /// Enrols at a server, types the confirmation code, and receives the news.
    public func enrolAndConfirm(at server: ServerProcess, token: String) async throws -> Enrolment {
        let (enrolment, offer, _) = try await enrol(at: server, token: token)
        let info = try enrolment.info()
        guard info.state == .pending, let code = info.confirmCode else { throw Failure("no confirmation code") }
        let confirmed = try await server.control.post("/confirm", ["offer": offer, "code": .text(code)])
        guard confirmed["state"] == "active" else { throw Failure("/confirm gave \(confirmed)") }
        let news = try device.receive(push: try await server.control.takePush(token))
        guard case .status(info.id, .active) = news else { throw Failure("the push after /confirm brought \(news)") }
        return enrolment
    }
}

extension ServerProcess {
    /// Removes every phone of the account, so that no request waits any longer.
    public func removePhones() async throws {
        for phone in try await control.phones().keys {
            _ = try await control.post("/unenrol", ["enrolment": .text(phone)])
        }
    }
}
