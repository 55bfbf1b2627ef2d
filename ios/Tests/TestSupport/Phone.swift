import Countersign
import Foundation

/// A phone under test: an authenticator and its platform.
public final class Phone: @unchecked Sendable {
    public let keys: SoftwareKeyStore
    public let state: MemoryState
    public let clock: TestClock
    public private(set) var transport: TestTransport
    public private(set) var device: Authenticator

    /// Creates a phone without an enrolment.
    public init(clock: TestClock = TestClock()) throws {
        keys = SoftwareKeyStore()
        state = MemoryState()
        self.clock = clock
        transport = TestTransport()
        device = try Self.open(keys, state, clock, transport)
    }

    /// Replaces the authenticator by a new one with the same state.
    public func reopen(transport fresh: TestTransport? = nil) throws {
        transport = fresh ?? transport
        device = try Self.open(keys, state, clock, transport)
    }

    private static func open(
        _ keys: SoftwareKeyStore, _ state: MemoryState, _ clock: TestClock, _ transport: TestTransport
    ) throws -> Authenticator {
        try Authenticator(
            config: Config(
                platform: "test", model: "Scenario", app: "scenarios", issuers: .unrestricted, allowLoopback: true),
            keys: keys, state: state,
            clock: clock,
            diagnostics: DiagnosticsHandler { _, _ in }, transport: transport)
    }

    /// Enrols at a server without the confirmation. Returns the offer and its link too.
    public func enrol(
        at server: ServerProcess, token: String) async throws -> (enrolment: Enrolment, offer: JSON, link: String
    ) {
        let offered = try await server.control.post("/offer", ["account": "alice"])
        guard let link = offered["link"].text else { throw Failure("the response of /offer has no link") }
        let offer = try device.parseOffer(link: link)
        let enrolment = try await device.enrol(offer: offer, push: PushAddress(kind: .fcm, token: token))
        return (enrolment, offered["offer"], link)
    }

    /// Enrols at a server, confirms the enrolment and receives the status push.
    public func enrolAndConfirm(at server: ServerProcess, token: String) async throws -> Enrolment {
        let (enrolment, offer, _) = try await enrol(at: server, token: token)
        let info = try enrolment.info()
        guard info.state == .pending, let code = info.confirmCode else {
            throw Failure("the enrolment has no confirmation code")
        }
        let confirmed = try await server.control.post("/confirm", ["offer": offer, "code": .text(code)])
        guard confirmed["state"] == "active" else { throw Failure("/confirm returned \(confirmed)") }
        let received = try device.receive(push: try await server.control.takePush(token))
        guard case .status(info.id, .active) = received else {
            throw Failure("the push after /confirm contains \(received)")
        }
        return enrolment
    }
}

extension ServerProcess {
    /// Ends every enrolment of the account, so that there are no pending requests.
    public func removePhones() async throws {
        for phone in try await control.phones().keys {
            _ = try await control.post("/unenrol", ["enrolment": .text(phone)])
        }
    }
}
