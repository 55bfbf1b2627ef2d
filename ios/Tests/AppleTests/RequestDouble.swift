import Countersign

/// A request whose answers a test has ready.
final class RequestDouble: ApprovalRequest, @unchecked Sendable {
    struct Approval: Equatable {
        let report: RenderReport
        let value: String?
    }

    private let control: BindingControl
    private let needed: UInt64
    private let notApprovable: AuthenticatorError?
    private var answers: [Result<Outcome, AuthenticatorError>]

    private(set) var reviews = 0
    private(set) var approvals: [Approval] = []
    private(set) var denials: [DenyReason] = []
    var ended: AuthenticatorError?

    init(
        binding: BindingControl = .none, minShownMs: UInt64 = 0, answers: [Result<Outcome, AuthenticatorError>] = [],
        notApprovable: AuthenticatorError? = nil
    ) {
        control = binding
        needed = minShownMs
        self.answers = answers
        self.notApprovable = notApprovable
    }

    static func field(_ id: String, _ value: String, _ direction: Direction = .leftToRight) -> Field {
        Field(id: id, labelKey: id, label: id, value: value, role: id, direction: direction, emphasis: .normal)
    }

    func lay(out language: Language) throws -> any ApprovalReview {
        if let ended { throw ended }
        reviews += 1
        return ReviewDouble(request: self)
    }

    func denyUnseen(_ reason: DenyReason) async throws -> Outcome {
        denials.append(reason)
        return try answers.removeFirst().get()
    }

    private struct ReviewDouble: ApprovalReview {
        let request: RequestDouble

        func fields() -> [Field] {
            [field("client", "ACME Shop"), field("amount", "12.00 EUR")]
        }

        func binding() -> BindingControl { request.control }

        func minShownMs() -> UInt64 { request.needed }

        func approvable() throws {
            if let error = request.notApprovable { throw error }
        }

        func approve(_ report: RenderReport, _ binding: String?) async throws -> Outcome {
            request.approvals.append(Approval(report: report, value: binding))
            return try request.answers.removeFirst().get()
        }

        func denySeen(_ reason: DenyReason, _ shownMs: UInt64) async throws -> Outcome {
            request.denials.append(reason)
            return try request.answers.removeFirst().get()
        }
    }
}
