import Countersign

/// A request with a fake session.
final class FakeRequest: PendingRequestProtocol, @unchecked Sendable {
    let session: FakeSession
    /// The error when a session is created.
    var openError: AuthenticatorError?
    private(set) var denials: [DenyReason] = []

    init(_ session: FakeSession = FakeSession()) {
        self.session = session
    }

    func makeApprovalSession(language: Language, canScan: Bool) throws -> any ApprovalSessionProtocol {
        if let openError { throw openError }
        return session
    }

    func deny(_ reason: DenyReason) async throws -> Outcome {
        denials.append(reason)
        return try session.nextResult()
    }
}

/// An approval session with a state and results that a test sets.
final class FakeSession: ApprovalSessionProtocol, @unchecked Sendable {
    /// The state that every call returns.
    var current: ApprovalState
    private let control: BindingControl
    private var results: [Result<Outcome, AuthenticatorError>]
    private(set) var events: [SessionEvent] = []
    private(set) var times: [UInt64] = []
    private(set) var values: [String?] = []
    private(set) var approvals = 0
    private(set) var denials: [DenyReason] = []

    init(
        _ state: ApprovalState = .allowed, binding: BindingControl = .none,
        results: [Result<Outcome, AuthenticatorError>] = []
    ) {
        current = state
        control = binding
        self.results = results
    }

    func fields() -> [Field] {
        [.make("client", "ACME Shop"), .make("amount", "12.00 EUR")]
    }

    func binding() -> BindingControl { control }

    func state() throws -> ApprovalState { current }

    func handle(atMs: UInt64, events: [SessionEvent]) throws -> ApprovalState {
        times.append(atMs)
        self.events += events
        return current
    }

    func setBindingValue(value: String?) throws -> ApprovalState {
        values.append(value)
        return current
    }

    func approve() async throws -> Outcome {
        approvals += 1
        return try nextResult()
    }

    func deny(_ reason: DenyReason) async throws -> Outcome {
        denials.append(reason)
        return try nextResult()
    }

    func nextResult() throws -> Outcome {
        try results.removeFirst().get()
    }
}

extension ApprovalState {
    static let allowed = ApprovalState(
        missing: [], remainingMs: 0, obstacle: nil, approvalAllowed: true, callWarning: false, shownMs: 0)

    /// A state with an obstacle.
    static func blocked(_ obstacle: ApprovalObstacle, callWarning: Bool = false) -> ApprovalState {
        ApprovalState(
            missing: [], remainingMs: 0, obstacle: obstacle, approvalAllowed: false, callWarning: callWarning,
            shownMs: 0)
    }
}

extension Field {
    static func make(_ id: String, _ value: String, _ direction: Direction = .leftToRight) -> Field {
        Field(
            id: id, labelKey: .role(.client), label: id, value: value, role: .client, direction: direction,
            emphasis: .normal)
    }
}
