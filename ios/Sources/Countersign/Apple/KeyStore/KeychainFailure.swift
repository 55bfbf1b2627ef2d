#if canImport(Security) && canImport(LocalAuthentication)
    import CountersignFFI
    import Foundation
    import LocalAuthentication
    import Security

    /// A failure of the keychain, the Secure Enclave or a prompt.
    enum KeychainFailure: Error, Equatable {
        /// A status of the Security framework.
        case status(OSStatus)
        /// A prompt that did not verify the user.
        case prompt(LAError.Code)
        /// Any other error, for example of CryptoTokenKit.
        case other(domain: String, code: Int)

        /// Converts the error argument of a Security function and takes ownership of it.
        init(_ argument: Unmanaged<CFError>?) {
            guard let error = argument?.takeRetainedValue() else {
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

        /// The error for the authenticator, if the key was not invalidated.
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
                .unavailable(reason: "the keychain failed with status \(status); try again")
            case .prompt(let code):
                .unavailable(reason: "the prompt failed with LAError \(code.rawValue); try again")
            case .other(let domain, let code):
                .unavailable(reason: "the key failed with \(domain) error \(code); try again")
            }
        }

        /// True if the failure can be caused by missing or changed biometrics. A cancelled prompt
        /// never is.
        var mayMeanInvalidated: Bool {
            switch self {
            case .status(errSecItemNotFound), .prompt(.biometryNotEnrolled), .prompt(.passcodeNotSet), .other: true
            case .status(errSecAuthFailed): true
            default: false
            }
        }
    }
#endif
