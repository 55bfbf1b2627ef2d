#if canImport(Security) && canImport(LocalAuthentication)
    import CountersignFFI
    import Foundation
    import LocalAuthentication
    import Security

    /// What the keychain, the Secure Enclave or a prompt said when it did not do it.
    enum KeychainFailure: Error, Equatable {
        /// A status of the Security framework.
        case status(OSStatus)
        /// A prompt that ended without the user.
        case prompt(LAError.Code)
        /// Anything else, for example of CryptoTokenKit.
        case other(domain: String, code: Int)

        /// Reads what a function of the Security framework left in its error argument, and takes it over.
        init(_ left: Unmanaged<CFError>?) {
            guard let error = left?.takeRetainedValue() else {
                self = .other(domain: "none", code: 0)
                return
            }
            let domain = CFErrorGetDomain(error) as String
            let code = CFErrorGetCode(error)
            if domain == LAErrorDomain, let prompt = LAError.Code(rawValue: code) {
                self = .prompt(prompt)
            } else if domain == NSOSStatusErrorDomain, let status = OSStatus(exactly: code) {
                self = .status(status)
            } else {
                self = .other(domain: domain, code: code)
            }
        }

        /// The error for the authenticator, where no key was invalidated.
        var keyStoreError: KeyStoreError {
            switch self {
            case .status(errSecItemNotFound):
                .missing
            case .status(errSecInteractionNotAllowed), .prompt(.notInteractive):
                .locked
            case .status(errSecUserCanceled), .prompt(.userCancel), .prompt(.userFallback), .prompt(.systemCancel),
                .prompt(.appCancel), .prompt(.invalidContext):
                .cancelled
            case .status(errSecAuthFailed), .prompt(.authenticationFailed), .prompt(.biometryLockout):
                .notVerified
            case .status(let status):
                .unavailable(reason: "the keychain answered \(status)")
            case .prompt(let code):
                .unavailable(reason: "the prompt answered \(code.rawValue)")
            case .other(let domain, let code):
                .unavailable(reason: "\(domain) answered \(code)")
            }
        }

        /// Whether this can be what a key answers whose biometrics are gone or others now. The user's own no never is.
        var mayMeanInvalidated: Bool {
            switch self {
            case .status(errSecItemNotFound), .prompt(.biometryNotEnrolled), .prompt(.passcodeNotSet), .other: true
            case .status(errSecAuthFailed): true
            default: false
            }
        }
    }
#endif
