import CountersignFFI

/// The operations that an approval screen uses of a request. `PendingRequest` has them.
///
/// A test can implement them to show a screen without a server.
public protocol PendingRequestProtocol: Sendable {
    /// Starts the approval session of this request in a language.
    ///
    /// - Parameters:
    ///   - language: The language of the labels. The signed decision names it.
    ///   - canScan: True if the app has a scanner for codes.
    /// - Throws: ``AuthenticatorError`` if the request has expired, was decided or is unknown.
    func makeApprovalSession(language: Language, canScan: Bool) throws -> any ApprovalSessionProtocol

    /// Denies the request without a session.
    ///
    /// - Throws: ``AuthenticatorError``
    func deny(_ reason: DenyReason) async throws -> Outcome
}

/// The operations that an approval screen uses of a session. `ApprovalSession` has them.
public protocol ApprovalSessionProtocol: Sendable {
    /// Returns the fields to display, in order. They never change.
    func fields() -> [Field]

    /// Returns the control for the binding value. It never changes.
    func binding() -> BindingControl

    /// Returns the current state.
    ///
    /// - Throws: ``AuthenticatorError``
    func state() throws -> ApprovalState

    /// Applies events of the screen and returns the new state.
    ///
    /// - Parameters:
    ///   - atMs: A monotonic clock in milliseconds.
    ///   - events: The events. An empty list reports the passing of time.
    /// - Throws: ``AuthenticatorError`` if an event is invalid or the session has ended.
    func handle(atMs: UInt64, events: [SessionEvent]) throws -> ApprovalState

    /// Sets the value that the user typed, selected or scanned, or clears it.
    ///
    /// - Throws: ``AuthenticatorError`` if the session has ended.
    func setBindingValue(value: String?) throws -> ApprovalState

    /// Approves the request. Prompts the user.
    ///
    /// - Throws: ``AuthenticatorError``. The session can be used again.
    func approve() async throws -> Outcome

    /// Denies the request. The denial carries the time that the request was displayed.
    ///
    /// - Throws: ``AuthenticatorError``. The session can be used again.
    func deny(_ reason: DenyReason) async throws -> Outcome
}

extension PendingRequest: PendingRequestProtocol {
    /// Starts the approval session of this request in a language.
    ///
    /// - Throws: ``AuthenticatorError`` if the request has expired, was decided or is unknown.
    public func makeApprovalSession(language: Language, canScan: Bool) throws -> any ApprovalSessionProtocol {
        try approvalSession(language: language, canScan: canScan)
    }
}

extension ApprovalSession: ApprovalSessionProtocol {}
