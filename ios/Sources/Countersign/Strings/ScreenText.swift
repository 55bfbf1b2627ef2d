import CountersignFFI
import Foundation

/// The user-facing texts of the library, in five languages.
///
/// An app can replace any of them, see ``ApprovalView``.
public enum ScreenText: CaseIterable, Sendable {
    /// The reason in the prompt of an enrolment. `{bank}` stands for the name of the bank.
    case promptEnrol
    /// The reason in the prompt of an approval. `{bank}` stands for the name of the bank.
    case promptApprove
    /// The reason in both prompts of a key rotation. `{bank}` stands for the name of the bank.
    case promptReplaceKeys
    /// The title of a notification about a request.
    case requestTitle
    /// The body of a notification about a request. It contains no detail of the request.
    case requestBody
    /// The title of a notification about a changed enrolment.
    case enrolmentTitle
    /// The body of a notification about a changed enrolment.
    case enrolmentBody
    /// The title of the approval screen.
    case question
    /// The button that approves.
    case approve
    /// The button that denies without a reason.
    case deny
    /// The button that denies because the user did not start the request.
    case denyNotMe
    /// The button that denies because the details are wrong.
    case denyWrongDetails
    /// The button that denies because the user did not expect the request.
    case denyUnexpected
    /// The request was not read completely, or not for long enough.
    case readEverything
    /// The typed code is missing or incomplete.
    case enterCode
    /// No option is selected.
    case chooseCode
    /// The button that opens the scanner.
    case scan
    /// The button that opens the scanner after a code was scanned.
    case scanAgain
    /// No code was scanned yet.
    case scanFirst
    /// The request asks for a scan, and the app has no scanner.
    case scannerMissing
    /// The scanned code is not the code on the other screen.
    case wrongCode
    /// The screen is recorded, mirrored or controlled remotely.
    case screenShared
    /// A call is active, and the bank accepts no approval during a call.
    case callActive
    /// A warning: a call was active while the request was open.
    case callWarning
    /// The request cannot be approved.
    case notApprovable
    /// The bank requires a later version of the app.
    case appOutdated
    /// A decision is being signed or sent.
    case sending
    /// The receipt confirms the approval.
    case approved
    /// The receipt confirms the denial.
    case denied
    /// The decision is in the outbox and has no receipt yet.
    case queued
    /// The issuer's server responded with an error instead of a receipt. The decision is in the
    /// outbox.
    case unconfirmed
    /// The binding value was wrong.
    case bindingMismatch
    /// The request has expired.
    case expired
    /// The request was decided before, on this phone or on another one.
    case alreadyDecided
    /// The issuer withdrew the request.
    case withdrawn
    /// The issuer did not accept the decision.
    case notAccepted
    /// The user closed the prompt or could not be verified.
    case notVerified
    /// The biometrics of the phone have changed.
    case keyInvalidated
    /// The key is missing.
    case keyMissing
    /// The phone was not unlocked since it was started.
    case phoneLocked
    /// The enrolment is not active.
    case phoneNotActive
    /// Any other error.
    case tryAgain

    /// Returns the text in a language.
    public func text(in language: Language) -> String {
        switch language {
        case .en: english
        case .de: german
        case .fr: french
        case .es: spanish
        case .ja: japanese
        }
    }

    /// Returns the text with the name of a bank in place of `{bank}`.
    ///
    /// The name is isolated (UAX 9), so that its direction does not change the rest of the text.
    func text(in language: Language, bank: String) -> String {
        text(in: language).replacingOccurrences(of: "{bank}", with: "\u{2068}\(bank)\u{2069}")
    }
}

extension Language {
    /// The first of the user's preferred languages that the library has texts for, otherwise
    /// English.
    public static var preferred: Language {
        first(of: Foundation.Locale.preferredLanguages)
    }

    /// Returns the first supported language of a list of BCP 47 tags, otherwise English.
    static func first(of tags: [String]) -> Language {
        for tag in tags {
            switch tag.prefix(while: { $0 != "-" && $0 != "_" }).lowercased() {
            case "en": return .en
            case "de": return .de
            case "fr": return .fr
            case "es": return .es
            case "ja": return .ja
            default: continue
            }
        }
        return .en
    }
}

extension Prompt {
    /// Returns the reason that the prompt shows. It has the address beside the name, because
    /// another issuer can choose the same name.
    func reason(in language: Language) -> String {
        let bank = issuerName == issuerAddress ? issuerAddress : "\(issuerName) (\(issuerAddress))"
        return switch purpose {
        case .enrol: ScreenText.promptEnrol.text(in: language, bank: bank)
        case .approve: ScreenText.promptApprove.text(in: language, bank: bank)
        case .replaceKeys: ScreenText.promptReplaceKeys.text(in: language, bank: bank)
        }
    }
}
