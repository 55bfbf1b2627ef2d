import CountersignFFI

extension Authenticator {
    /// Enrols this phone. Prompts the user once.
    ///
    /// The enrolment is `pending` until the user has entered the confirmation code at the bank.
    ///
    /// - Parameters:
    ///   - offer: The result of ``parseOffer(link:)``.
    ///   - push: The address to which requests are announced.
    /// - Returns: The new enrolment.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func enrol(offer: Offer, push: PushAddress) async throws -> Enrolment {
        try await cancellable { try await self.enrol(offer: offer, push: push, cancellation: $0) }
    }

    /// Sends the outbox, fetches pending requests and updates the state of every enrolment.
    ///
    /// The app calls this when it comes to the foreground and when the network is available again.
    ///
    /// - Returns: The new requests and the enrolments that could not be refreshed.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func refresh() async throws -> Refreshed {
        try await cancellable { try await self.refresh(cancellation: $0) }
    }

    /// Fetches the request that a push announced.
    ///
    /// - Parameters:
    ///   - enrolmentId: The enrolment in ``Received/fetch(enrolmentId:txn:)``.
    ///   - txn: The identifier of the request in ``Received/fetch(enrolmentId:txn:)``.
    /// - Returns: The request.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func fetch(enrolmentId: String, txn: String) async throws -> PendingRequest {
        try await cancellable { try await self.fetch(enrolmentId: enrolmentId, txn: txn, cancellation: $0) }
    }

    /// Denies a request by its identifier, for example from a notification's button.
    ///
    /// - Parameters:
    ///   - txn: The identifier of the request.
    ///   - reason: The reason of the denial.
    /// - Returns: The outcome. The request is denied only if it is ``Outcome/confirmed``.
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. A denial that was already signed stays in the
    ///   outbox and is sent by the next ``refresh()``.
    public func deny(txn: String, reason: DenyReason) async throws -> Outcome {
        try await cancellable { try await self.deny(txn: txn, reason: reason, cancellation: $0) }
    }
}
