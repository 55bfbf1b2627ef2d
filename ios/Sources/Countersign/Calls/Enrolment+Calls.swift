import CountersignFFI

extension Enrolment {
    /// Registers a new push address with the issuer.
    ///
    /// The app calls this whenever the push service issues a new token.
    ///
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func updatePushAddress(_ address: PushAddress) async throws {
        try await cancellable { try await self.updatePushAddress(address: address, cancellation: $0) }
    }

    /// Rotates the device key and the encryption key.
    ///
    /// Requests that were received before can still be decided.
    ///
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``. In this case the old keys stay in use, or the
    ///   next ``Authenticator/refresh()`` completes the rotation.
    public func rotateKeys() async throws {
        try await cancellable { try await self.rotateKeys(cancellation: $0) }
    }

    /// Rotates all three keys. Prompts the user twice, first with the old user-verification key,
    /// then with the new one.
    ///
    /// Requests that were received before can still be decided. Approvals are possible again after
    /// the issuer has confirmed the new keys.
    ///
    /// - Throws: ``AuthenticatorError``:
    ///   - ``AuthenticatorError/rotationConflict(reason:)`` while an approval waits for its
    ///     receipt. Call ``Authenticator/refresh()`` and try again.
    ///   - ``AuthenticatorError/keyStore(code:reason:)`` with the code `invalidated` if the old key
    ///     cannot sign any more. The bank must verify the user and make a new offer.
    ///   - ``AuthenticatorError/cancelled(reason:)`` if the task is cancelled. The old keys stay in
    ///     use, or the next ``Authenticator/refresh()`` completes the rotation.
    public func rotateAllKeys() async throws {
        try await cancellable { try await self.rotateAllKeys(cancellation: $0) }
    }

    /// Ends the enrolment.
    ///
    /// The keys are deleted after the issuer's receipt has arrived.
    ///
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func unenrol() async throws {
        try await cancellable { try await self.unenrol(cancellation: $0) }
    }

    /// Ends the enrolment on this phone only, and deletes its keys.
    ///
    /// Use it if ``unenrol()`` fails permanently, for example because the issuer no longer exists.
    /// Ask the user to confirm: the issuer is not informed and still lists this phone. The history
    /// and the evidence stay.
    ///
    /// - Throws: ``AuthenticatorError``. If the task is cancelled, the error is
    ///   ``AuthenticatorError/cancelled(reason:)``.
    public func forget() async throws {
        try await cancellable { try await self.forget(cancellation: $0) }
    }
}
