import CountersignFFI
import Foundation

/// What the shell says to people. An app can have wording of its own; this is the default one, in five languages.
public enum Word: CaseIterable, Sendable {
    /// Reason in the prompt while this phone is added; `{bank}` stands for the name.
    case promptEnrol
    /// Reason in the prompt of an approval; `{bank}` stands for the name.
    case promptApprove
    /// Reason in both prompts while the keys are replaced; `{bank}` stands for the name.
    case promptReplaceKeys
    /// Title of a notification about a request.
    case requestTitle
    /// Text of a notification about a request: nothing of the request.
    case requestBody
    /// Title of a notification about an enrolment that changed.
    case stateTitle
    /// Text of a notification about an enrolment that changed.
    case stateBody
    /// Title of the approval screen.
    case question
    /// Button that approves.
    case approve
    /// Button that denies without a reason.
    case deny
    /// Button that denies: somebody else began it.
    case denyNotMe
    /// Button that denies: the details are wrong.
    case denyWrongDetails
    /// Button that denies: not expected now.
    case denyUnexpected
    /// Not every field was on the screen yet.
    case readAll
    /// The value to type is not complete yet, or nothing is chosen.
    case valueMissing
    /// Button that opens the scanner.
    case scan
    /// The same once a code was read.
    case scanned
    /// Nothing is scanned yet.
    case scanFirst
    /// The app has no scanner, and the request asks for a scan.
    case scanImpossible
    /// What was scanned is another code.
    case notTheCode
    /// The screen is recorded, mirrored or controlled.
    case screenShared
    /// A call is going on, and the bank takes no approval during one.
    case callActive
    /// A call is going on.
    case callWarning
    /// The request cannot be approved.
    case notApprovable
    /// An answer is on its way.
    case working
    /// The receipt says that the approval counts.
    case approved
    /// The receipt says that the denial counts.
    case denied
    /// The answer is kept and not sent yet.
    case queued
    /// The value was wrong.
    case bindingMismatch
    /// Too late.
    case expired
    /// Decided before or elsewhere.
    case alreadyDecided
    /// Taken back.
    case cancelled
    /// A rule of the bank was broken.
    case policy
    /// The user closed the prompt or was not recognised.
    case promptEnded
    /// The phone's biometrics changed.
    case keyInvalidated
    /// The key is gone.
    case keyMissing
    /// Anything else: try again.
    case tryAgain

    /// The wording in this language.
    public func text(in language: Language) -> String {
        switch language {
        case .en: english
        case .de: german
        case .fr: french
        case .es: spanish
        case .ja: japanese
        }
    }

    /// The wording with the name of a bank, set apart so that its direction cannot turn the sentence around.
    func text(in language: Language, bank: String) -> String {
        text(in: language).replacingOccurrences(of: "{bank}", with: "\u{2068}\(bank)\u{2069}")
    }
}

extension Language {
    /// The first of the user's languages that the wording is there for; English if none is.
    public static var preferred: Language {
        first(of: Foundation.Locale.preferredLanguages)
    }

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
    /// The reason that a prompt shows.
    func words(in language: Language) -> String {
        switch purpose {
        case .enrol: Word.promptEnrol.text(in: language, bank: issuerName)
        case .approve: Word.promptApprove.text(in: language, bank: issuerName)
        case .replaceKeys: Word.promptReplaceKeys.text(in: language, bank: issuerName)
        }
    }
}
