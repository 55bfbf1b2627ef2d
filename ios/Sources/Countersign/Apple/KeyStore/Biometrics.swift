#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// Remembers which biometrics the phone knew when a user-verification key was made, so that a key that the phone invalidated
    /// can be told from one that never was.
    struct Biometrics: Sendable {
        /// The fingers or faces that the phone knows.
        enum Known: Equatable {
            /// These, as the phone stands for them.
            case these(Data)
            /// None, or the phone has no passcode.
            case nobody
            /// The phone does not say: too many tries, or the user does not let the app use them.
            case unsure
        }

        private static let service = "org.countersign.biometrics"

        let items: KeychainItems

        /// What the phone knows now.
        static func known() -> Known {
            let context = LAContext()
            defer { context.invalidate() }
            var error: NSError?
            if context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: &error) {
                return context.evaluatedPolicyDomainState.map(Known.these) ?? .unsure
            }
            let gone: [LAError.Code] = [.biometryNotEnrolled, .passcodeNotSet]
            return gone.contains { $0.rawValue == error?.code } ? .nobody : .unsure
        }

        /// Keeps what the key is bound to.
        func remember(_ name: KeyName, _ state: Data) throws(KeychainFailure) {
            try items.add(Self.service, name.handle, state)
        }

        /// Forgets it, with the key.
        func forget(_ name: KeyName) throws(KeychainFailure) {
            try items.delete(Self.service, name.handle)
        }

        /// Whether this failure of this key means that the phone invalidated it: the key is gone that was there, or it does not
        /// work and the biometrics are others.
        func invalidated(_ name: KeyName, by failure: KeychainFailure) -> Bool {
            guard name.role == .userVerification, failure.mayMeanInvalidated,
                let remembered = try? items.read(Self.service, name.handle)
            else { return false }
            if failure == .status(errSecItemNotFound) { return true }
            switch Self.known() {
            case .these(let state): return state != remembered
            case .nobody: return true
            case .unsure: return false
            }
        }
    }
#endif
