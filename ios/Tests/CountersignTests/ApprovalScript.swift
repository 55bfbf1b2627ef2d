import Countersign
import CountersignTestKeys
import Foundation
import TestSupport

/// One event script on an approval session of the core.
///
/// `tests/approval/README.md` describes the format. A bank in the same process creates the request.
struct ApprovalScript {
    private let script: JSON
    private let bank: Bank
    private let keys = SoftwareKeyStore()
    private let session: ApprovalSession
    private let fields: [String]

    /// Creates the request and the session of a script.
    init(_ text: String) async throws {
        script = try JSON(data: Data(text.utf8))
        bank = try Bank.forScript(script: text)
        let device = try Authenticator(
            config: Config(platform: "test", model: "m", app: "a", issuers: .unrestricted), keys: keys,
            state: MemoryState(),
            clock: FixedClock(wallMs: bank.wallMs()), diagnostics: DiagnosticsHandler { _, _ in },
            transport: BankTransport(bank: bank))
        _ = try await device.enrol(
            offer: device.parseOffer(link: bank.offer()), push: PushAddress(kind: .none, token: nil))
        guard case .request(let request) = try device.receive(push: bank.push()) else {
            throw Failure("the push contains no request")
        }
        session = try request.approvalSession(language: .en, canScan: script["can_scan"] == true)
        fields = session.fields().map(\.id)
    }

    /// Runs all steps. Fails at the first difference.
    func run() async throws {
        guard !script["steps"].list.isEmpty else { throw Failure("the script has no steps") }
        for (index, step) in script["steps"].list.enumerated() {
            do {
                try await run(step)
            } catch {
                throw Failure("step \(index): \(error)")
            }
        }
    }

    private func run(_ step: JSON) async throws {
        var (error, decision): (JSON, JSON) = (.null, .null)
        do {
            decision = try await call(step)
        } catch let thrown as AuthenticatorError {
            error = .text(TestSupport.code(of: thrown))
        }
        let expected = step["expect"]
        try expectEqual("error", error, expected["error"])
        try expectEqual("decision", decision, expected["decision"])
        let state = try session.state()
        let actual: [String: JSON] = [
            "missing": .list(state.missing.map(JSON.text)), "remaining_ms": .number(Double(state.remainingMs)),
            "obstacle": .text(state.obstacle.map(obstacleCode) ?? "none"),
            "approval_allowed": .bool(state.approvalAllowed), "call_warning": .bool(state.callWarning),
            "shown_ms": .number(Double(state.shownMs)),
        ]
        for (name, value) in expected.object where name != "error" && name != "decision" {
            guard let found = actual[name] else { throw Failure("unknown expectation \(name)") }
            try expectEqual(name, found, value == ["*"] ? .list(fields.map(JSON.text)) : value)
        }
    }

    /// Makes the call of a step. Returns the report in the decision, or null if none was made.
    private func call(_ step: JSON) async throws -> JSON {
        switch step["call"] {
        case "handle":
            guard let atMs = step["at_ms"].integer else { throw Failure("at_ms is missing") }
            _ = try session.handle(atMs: UInt64(atMs), events: step["events"].list.flatMap(events))
            return .null
        case "set_binding_value":
            _ = try session.setBindingValue(value: step["value"].text)
            return .null
        case "approve":
            let cancelled = step["prompt"] == "cancelled"
            keys.faults.with { $0.sign = { prompt in if prompt != nil, cancelled { throw KeyStoreError.cancelled } } }
            return try await report(session.approve())
        case "deny":
            return try await report(session.deny(denyReason(step["reason"].text)))
        default:
            throw Failure("unknown call \(step["call"])")
        }
    }

    private func report(_ outcome: Outcome) throws -> JSON {
        guard outcome == .confirmed else { throw Failure("the outcome is \(outcome)") }
        guard let decision = bank.decision() else { throw Failure("the bank has received no decision") }
        var report: [String: JSON] = [
            "shown_ms": .number(Double(decision.shownMs)), "call_active": .bool(decision.callActive),
        ]
        if let binding = decision.binding { report["binding"] = .text(binding) }
        return .object(report)
    }

    /// Returns the events of a script. The field `*` stands for all fields that are not named.
    private func events(_ event: JSON) throws -> [SessionEvent] {
        let on = event["on"].bool
        switch (event["type"].text, on) {
        case ("layout", _):
            let heights = event["heights"].object
            let rest = heights["*"] == nil ? [] : fields.filter { heights[$0] == nil }
            let names = heights.keys.filter { $0 != "*" } + rest
            return [
                .layout(
                    fields: try names.map {
                        FieldHeight(field: $0, height: try number(heights[$0] ?? heights["*"] ?? .null))
                    })
            ]
        case ("visible", _):
            let (height, top, bottom) = try (number(event["height"]), number(event["top"]), number(event["bottom"]))
            let names = event["field"] == "*" ? fields : [event["field"].text ?? ""]
            return names.map { .visible(field: $0, height: height, top: top, bottom: bottom) }
        case ("foreground", let on?): return [.foreground(on: on)]
        case ("covered", let on?): return [.covered(on: on)]
        case ("shared", let on?): return [.shared(on: on)]
        case ("call", let on?): return [.call(on: on)]
        default: throw Failure("unknown event \(event)")
        }
    }

    private func number(_ json: JSON) throws -> Double {
        guard let number = json.number else { throw Failure("\(json) is not a number") }
        return number
    }

    private func denyReason(_ text: String?) throws -> DenyReason {
        switch text {
        case "not_me": .notMe
        case "wrong_details": .wrongDetails
        case "unexpected": .unexpected
        case "other": .other
        default: throw Failure("unknown reason \(text ?? "none")")
        }
    }

    private func expectEqual(_ name: String, _ found: JSON, _ expected: JSON) throws {
        guard found == expected else { throw Failure("\(name) is \(found) instead of \(expected)") }
    }
}

private final class FixedClock: DeviceClock {
    private let wallMs: Int64

    init(wallMs: Int64) {
        self.wallMs = wallMs
    }

    func read() throws -> ClockReading {
        ClockReading(monotonicMs: 0, bootId: "boot", wallMs: wallMs)
    }
}

/// Sends requests to the bank in the same process.
private final class BankTransport: Transport {
    private let bank: Bank

    init(bank: Bank) {
        self.bank = bank
    }

    func send(request: HttpRequest) async throws -> HttpResponse {
        HttpResponse(status: 200, dpopNonce: nil, body: try bank.answer(url: request.url, body: request.body))
    }
}
