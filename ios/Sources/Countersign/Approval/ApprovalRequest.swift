import CountersignFFI

/// What an approval screen needs of a request: `PendingRequest`, or a double in a test.
public protocol ApprovalRequest: Sendable {
    /// Lays out what is to be shown. As often as needed.
    func lay(out language: Language) throws -> any ApprovalReview
    /// Denies without a review.
    func denyUnseen(_ reason: DenyReason) async throws -> Outcome
}

/// What an approval screen needs of a review: `Review`, or a double in a test.
public protocol ApprovalReview: Sendable {
    /// Everything to be drawn, in order.
    func fields() -> [Field]
    /// The control beside the fields.
    func binding() -> BindingControl
    /// For how long it must be on the screen.
    func minShownMs() -> UInt64
    /// Throws where no approval is possible.
    func approvable() throws
    /// Approves, with the report of what was drawn.
    func approve(_ report: RenderReport, _ binding: String?) async throws -> Outcome
    /// Denies, having looked for this long.
    func denySeen(_ reason: DenyReason, _ shownMs: UInt64) async throws -> Outcome
}

extension PendingRequest: ApprovalRequest {
    /// Lays out what is to be shown.
    public func lay(out language: Language) throws -> any ApprovalReview {
        try review(language: language)
    }

    /// Denies without a review.
    public func denyUnseen(_ reason: DenyReason) async throws -> Outcome {
        try await deny(reason)
    }
}

extension Review: ApprovalReview {
    /// Approves: from the report to the ticket, from the ticket to the answer.
    public func approve(_ report: RenderReport, _ binding: String?) async throws -> Outcome {
        try await rendered(report: report).approve(binding: binding)
    }

    /// Denies, having looked for this long.
    public func denySeen(_ reason: DenyReason, _ shownMs: UInt64) async throws -> Outcome {
        try await deny(reason, shownMs: shownMs)
    }
}
