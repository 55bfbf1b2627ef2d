import Foundation
import PhoneDouble

/// The domain of errors of prompts.
public let LAErrorDomain = "com.apple.LocalAuthentication"

/// An error of a prompt.
public struct LAError: Error, Sendable {
    /// Which.
    public let code: Code

    /// Of this code.
    public init(_ code: Code) {
        self.code = code
    }

    /// The codes of `LAError.h`.
    public enum Code: Int, Sendable {
        /// The user was not recognised.
        case authenticationFailed = -1
        /// The user closed the prompt.
        case userCancel = -2
        /// The user chose the passcode, which is no way here.
        case userFallback = -3
        /// The system closed the prompt.
        case systemCancel = -4
        /// The phone has no passcode.
        case passcodeNotSet = -5
        /// Biometrics cannot be used.
        case biometryNotAvailable = -6
        /// No finger or face is known.
        case biometryNotEnrolled = -7
        /// Too many tries.
        case biometryLockout = -8
        /// The app closed the prompt.
        case appCancel = -9
        /// The context was closed before.
        case invalidContext = -10
        /// No prompt may be shown now.
        case notInteractive = -1004
    }
}

/// What is asked of the user.
public enum LAPolicy: Int, Sendable {
    /// A finger or a face.
    case deviceOwnerAuthenticationWithBiometrics = 1
}

/// One prompt.
open class LAContext: PromptingDouble {
    /// A new one.
    public init() {}

    /// Why the user is asked.
    open var localizedReason = ""

    /// The title of the button for another way; empty for none.
    open var localizedFallbackTitle: String?

    /// Stands for the fingers or faces that the phone knows.
    open var evaluatedPolicyDomainState: Data? {
        PhoneDouble.shared.biometrics
    }

    /// Whether the user could be asked.
    open func canEvaluatePolicy(_ policy: LAPolicy, error: UnsafeMutablePointer<NSError?>?) -> Bool {
        guard let obstacle else { return true }
        error?.pointee = NSError(domain: LAErrorDomain, code: obstacle.rawValue)
        return false
    }

    private var obstacle: LAError.Code? {
        if PhoneDouble.shared.biometrics == nil { return .biometryNotEnrolled }
        return PhoneDouble.shared.prompt == .lockedOut ? .biometryLockout : nil
    }

    /// Asks the user.
    open func evaluatePolicy(_ policy: LAPolicy, localizedReason: String) async throws -> Bool {
        switch PhoneDouble.shared.ask(localizedReason) {
        case .recognised: return true
        case .closed: throw LAError(.userCancel)
        case .notRecognised: throw LAError(.authenticationFailed)
        case .lockedOut: throw LAError(.biometryLockout)
        }
    }

    /// Closes it.
    open func invalidate() {}
}
