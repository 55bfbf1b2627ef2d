import CountersignFFI

extension ScreenText {
    /// Creates the text for an obstacle to an approval.
    init(_ obstacle: ApprovalObstacle, binding: BindingControl) {
        switch obstacle {
        case .notApprovable(code: .appOutdated): self = .appOutdated
        case .notApprovable: self = .notApprovable
        case .scannerMissing: self = .scannerMissing
        case .shared: self = .screenShared
        case .callActive: self = .callActive
        case .covered, .background, .unread, .tooShort: self = .readEverything
        case .value(.notTheCode): self = .wrongCode
        case .value: self.init(missingValueFor: binding)
        }
    }

    /// Creates the text for a binding value that is missing or has the wrong shape.
    private init(missingValueFor binding: BindingControl) {
        switch binding {
        case .choice: self = .chooseCode
        case .scan: self = .scanFirst
        case .entry, .none, .display: self = .enterCode
        }
    }

    /// Creates the text for the outcome of a decision.
    ///
    /// - Parameters:
    ///   - outcome: The outcome. Only a receipt confirms a decision.
    ///   - confirmed: The text for a confirmed decision.
    init(_ outcome: Outcome, confirmed: ScreenText) {
        switch outcome {
        case .confirmed, .failed(.accepted): self = confirmed
        case .queued: self = .queued
        case .unconfirmed: self = .unconfirmed
        case .failed(.bindingMismatch): self = .bindingMismatch
        case .failed(.expired): self = .expired
        case .failed(.alreadyDecided): self = .alreadyDecided
        case .failed(.cancelled): self = .withdrawn
        case .failed(.policy), .failed(.numberUsed): self = .notAccepted
        }
    }

    /// Creates the text for an error of a decision.
    init(_ error: any Error) {
        guard let error = error as? AuthenticatorError else {
            self = .tryAgain
            return
        }
        switch error {
        case .keyStore(.invalidated, _): self = .keyInvalidated
        case .keyStore(.missing, _): self = .keyMissing
        case .keyStore(.cancelled, _), .keyStore(.notVerified, _): self = .notVerified
        case .keyStore(.locked, _): self = .phoneLocked
        case .notActive: self = .phoneNotActive
        case .expired: self = .expired
        case .notPending, .unknownRequest: self = .alreadyDecided
        case .notApprovable(.appOutdated, _): self = .appOutdated
        case .notApprovable: self = .notApprovable
        case .notRendered(.shared, _): self = .screenShared
        case .notRendered(.callActive, _): self = .callActive
        case .notRendered: self = .readEverything
        case .binding(.notTheCode, _): self = .wrongCode
        case .binding(.noScanner, _): self = .scannerMissing
        case .binding: self = .enterCode
        default: self = .tryAgain
        }
    }

    /// True if no decision is possible after an error with this text.
    var endsRequest: Bool { self == .expired || self == .alreadyDecided }
}
