extension Word {
    /// English.
    var english: String {
        switch self {
        case .promptEnrol: "Add this phone to {bank}"
        case .promptApprove: "Approve the request of {bank}"
        case .promptReplaceKeys: "Renew the keys for {bank}"
        case .requestTitle: "A request waits for your answer"
        case .requestBody: "Open the app to read it."
        case .stateTitle: "Something changed on this phone"
        case .stateBody: "Open the app to see what."
        case .question: "Approve this?"
        case .approve: "Approve"
        case .deny: "Deny"
        case .denyNotMe: "Deny: this was not me"
        case .denyWrongDetails: "Deny: the details are wrong"
        case .denyUnexpected: "Deny: I did not expect this"
        case .readAll: "Read everything first: scroll to the end."
        case .valueMissing: "Enter what the other screen shows."
        case .scan: "Scan the code"
        case .scanned: "Code read. Scan again"
        case .scanFirst: "Scan the code that the other screen shows."
        case .scanImpossible: "This app cannot scan codes. You can only deny."
        case .notTheCode: "This is not the code of the other screen. Scan that one."
        case .callActive:
            "You are on a call. Hang up, then look at the request again: your bank never asks you to approve during a call."
        case .screenShared: "Your screen is being recorded or shared. End that, then look at the request again."
        case .callWarning: "You are in a call. Nobody from your bank asks you to approve something during a call."
        case .notApprovable: "This request cannot be shown safely. You can only deny it."
        case .working: "Sending your answer…"
        case .approved: "Approved"
        case .denied: "Denied"
        case .queued: "Your answer is kept on this phone and not confirmed yet. It is sent as soon as there is a connection."
        case .bindingMismatch: "The value was wrong. The request has ended."
        case .expired: "Too late: the request has expired."
        case .alreadyDecided: "The request was answered before, here or on another phone."
        case .cancelled: "The request was taken back."
        case .policy: "Your bank did not accept this answer."
        case .promptEnded: "You were not recognised. Nothing was approved; try again."
        case .keyInvalidated:
            "Face ID or Touch ID changed on this phone. Confirm with your bank who you are, or add this phone again."
        case .keyMissing: "The key of this phone is gone. Add this phone again."
        case .tryAgain: "That did not work. Nothing was approved; try again."
        }
    }
}
