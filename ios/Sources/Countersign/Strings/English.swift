extension ScreenText {
    /// The English text.
    var english: String {
        switch self {
        case .promptEnrol: "Add this phone to {bank}"
        case .promptApprove: "Approve {bank}’s request"
        case .promptReplaceKeys: "Replace the keys for {bank}"
        case .requestTitle: "You have a new request"
        case .requestBody: "Open the app to read it."
        case .enrolmentTitle: "The status of this phone has changed"
        case .enrolmentBody: "Open the app for details."
        case .question: "Approve this request?"
        case .approve: "Approve"
        case .deny: "Deny"
        case .denyNotMe: "Deny: this was not me"
        case .denyWrongDetails: "Deny: the details are wrong"
        case .denyUnexpected: "Deny: I did not expect this"
        case .readEverything: "Scroll to the end and read everything first."
        case .enterCode: "Enter the code shown on the other screen."
        case .chooseCode: "Choose the code shown on the other screen."
        case .scan: "Scan the code"
        case .scanAgain: "Code scanned. Scan again"
        case .scanFirst: "Scan the code shown on the other screen."
        case .scannerMissing: "This app cannot scan codes. You can only deny this request."
        case .wrongCode: "This is a different code. Scan the code shown on the other screen."
        case .callActive:
            "You are on a call. Hang up, then read the request again. Your bank never asks you to approve a request during a call."
        case .screenShared: "Your screen is being recorded or shared. Stop this, then read the request again."
        case .callWarning:
            "This request was open during a call. Your bank never asks you to approve a request during a call."
        case .notApprovable: "This request cannot be shown safely. You can only deny it."
        case .appOutdated:
            "Your bank requires a newer version of this app. Update the app to approve. Until then you can only deny."
        case .sending: "Sending your decision…"
        case .approved: "Approved"
        case .denied: "Denied"
        case .queued:
            "Your decision is saved on this phone and is not confirmed yet. It will be sent as soon as there is a connection."
        case .unconfirmed:
            "Your bank has not confirmed your decision. It is saved on this phone and will be sent again."
        case .bindingMismatch: "The code was wrong. The request has ended and nothing was approved."
        case .expired: "This request has expired."
        case .alreadyDecided: "This request was already decided, here or on another phone."
        case .withdrawn: "This request was withdrawn."
        case .notAccepted: "Your bank did not accept this decision. Nothing was approved."
        case .notVerified: "Your identity was not confirmed. Nothing was approved. Try again."
        case .keyInvalidated:
            "Face ID or Touch ID has changed on this phone. Confirm your identity with your bank, or add this phone again."
        case .keyMissing: "The key on this phone is missing. Add this phone again."
        case .phoneLocked: "Unlock your phone and try again."
        case .phoneNotActive: "This phone cannot approve requests at the moment. Contact your bank."
        case .tryAgain: "Something went wrong. Nothing was approved. Try again."
        }
    }
}
