#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// Stores the biometrics that a user-verification key is bound to.
    ///
    /// With this information a key that the phone has invalidated is distinguished from a key that
    /// never existed.
    struct Biometrics: Sendable {
        /// The state of the biometrics on the phone.
        enum Enrolled: Equatable {
            /// Biometrics are set up. The data changes when they change.
            case state(Data)
            /// No biometrics or no passcode is set up.
            case none
            /// The state is not available, because biometrics are locked out or not allowed for the
            /// app.
            case unknown
        }

        private static let service = "org.countersign.biometrics"

        let items: KeychainItems

        /// Returns the current state of the biometrics.
        static func current() -> Enrolled {
            let context = LAContext()
            defer { context.invalidate() }
            var error: NSError?
            if context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: &error) {
                return context.evaluatedPolicyDomainState.map(Enrolled.state) ?? .unknown
            }
            let missing: [LAError.Code] = [.biometryNotEnrolled, .passcodeNotSet]
            return missing.contains { $0.rawValue == error?.code } ? .none : .unknown
        }

        /// Stores the state that a key is bound to.
        ///
        /// - Throws: ``KeychainFailure``
        func store(_ name: KeyName, _ state: Data) throws(KeychainFailure) {
            try items.add(Self.service, name.handle, state)
        }

        /// Deletes the stored state of a key.
        ///
        /// - Throws: ``KeychainFailure``
        func delete(_ name: KeyName) throws(KeychainFailure) {
            try items.delete(Self.service, name.handle)
        }

        /// Returns true if a failure means that the phone has invalidated the key.
        ///
        /// The phone has invalidated the key if the key is missing although its state is stored, or
        /// if the key does not work and the biometrics have changed.
        func isInvalidated(_ name: KeyName, by failure: KeychainFailure) -> Bool {
            guard name.role == .userVerification, failure.mayMeanInvalidated,
                let stored = try? items.read(Self.service, name.handle)
            else { return false }
            if failure == .status(errSecItemNotFound) { return true }
            switch Self.current() {
            case .state(let state): return state != stored
            case .none: return true
            case .unknown: return false
            }
        }
    }
#endif
