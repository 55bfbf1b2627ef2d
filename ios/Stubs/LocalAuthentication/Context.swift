import Foundation
import FakePhone

public let LAErrorDomain = "com.apple.LocalAuthentication"

public struct LAError: Error, Sendable {
    public let code: Code

    public init(_ code: Code) {
        self.code = code
    }

    /// The error codes of `LAError.h`.
    public enum Code: Int, Sendable {
        case authenticationFailed = -1
        case userCancel = -2
        case userFallback = -3
        case systemCancel = -4
        case passcodeNotSet = -5
        case biometryNotAvailable = -6
        case biometryNotEnrolled = -7
        case biometryLockout = -8
        case appCancel = -9
        case invalidContext = -10
        case notInteractive = -1004
    }
}

public enum LAPolicy: Int, Sendable {
    case deviceOwnerAuthenticationWithBiometrics = 1
}

open class LAContext: FakePrompting {
    public init() {}

    open var localizedReason = ""

    open var localizedFallbackTitle: String?

    open var evaluatedPolicyDomainState: Data? {
        FakePhone.shared.biometrics
    }

    open func canEvaluatePolicy(_ policy: LAPolicy, error: UnsafeMutablePointer<NSError?>?) -> Bool {
        guard let obstacle else { return true }
        error?.pointee = NSError(domain: LAErrorDomain, code: obstacle.rawValue)
        return false
    }

    private var obstacle: LAError.Code? {
        if FakePhone.shared.biometrics == nil { return .biometryNotEnrolled }
        return FakePhone.shared.prompt == .lockedOut ? .biometryLockout : nil
    }

    open func evaluatePolicy(_ policy: LAPolicy, localizedReason: String) async throws -> Bool {
        switch FakePhone.shared.showPrompt(localizedReason) {
        case .verified: return true
        case .closed: throw LAError(.userCancel)
        case .notVerified: throw LAError(.authenticationFailed)
        case .lockedOut: throw LAError(.biometryLockout)
        }
    }

    open func invalidate() {}
}
