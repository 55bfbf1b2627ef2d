extension ScreenText {
    /// The English text.
    var english: String {
        switch self {
        case .promptEnrol: "Add this phone to {bank}"
        case .promptApprove: "Approve {bank}’s request"
        case .promptReplaceKeys: "Replace the security keys for {bank}"
        case .requestTitle: "You have a new request"
        case .requestBody: "Open the app to review it."
        case .enrolmentTitle: "The status of this phone has changed"
        case .enrolmentBody: "Open the app for details."
        case .question: "Approve this request?"
        case .approve: "Approve"
        case .deny: "Deny"
        case .denyNotMe: "Deny: I did not start this"
        case .denyWrongDetails: "Deny: the details are wrong"
        case .denyUnexpected: "Deny: I did not expect this"
        case .readEverything: "Please read the whole request first. Scroll to the end."
        case .enterValue: "Enter the value shown on the other screen."
        case .scan: "Scan the code"
        case .scanAgain: "Code scanned. Scan again"
        case .scanFirst: "Scan the code shown on the other screen."
        case .scannerMissing: "This app cannot scan codes. You can only deny this request."
        case .wrongCode: "This is a different code. Scan the code shown on the other screen."
        case .callActive:
            "You are on a call. End the call, then review the request again. Your bank never asks you to approve a request during a call."
        case .screenShared: "Your screen is being recorded or shared. Stop this, then review the request again."
        case .callWarning: "This request was open during a call. Your bank never asks you to approve a request during a call."
        case .notApprovable: "This request cannot be displayed safely. You can only deny it."
        case .sending: "Sending your decision…"
        case .approved: "Approved"
        case .denied: "Denied"
        case .queued: "Your decision is saved on this phone. It will be sent when you are online. Your bank has not confirmed it yet."
        case .bindingMismatch: "The value was not correct. The request was closed and nothing was approved."
        case .expired: "This request has expired."
        case .alreadyDecided: "This request was already answered on this phone or on another one."
        case .withdrawn: "This request was withdrawn."
        case .notAccepted: "Your bank did not accept your decision. Contact your bank."
        case .notVerified: "You could not be verified. Nothing was approved. Please try again."
        case .keyInvalidated:
            "Face ID or Touch ID has changed on this phone. Confirm your identity with your bank, or add this phone again."
        case .keyMissing: "The security key of this phone is missing. Add this phone again."
        case .tryAgain: "Something went wrong. Nothing was approved. Please try again."
        }
    }
}
