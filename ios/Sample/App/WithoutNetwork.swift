import Countersign

/// A phone without network: the app's scanner reads the other screen, and the app shows it the answer.
enum WithoutNetwork {
    /// The request whose code was scanned.
    static func scanned(_ text: String, with authenticator: Authenticator) throws -> PendingRequest {
        try authenticator.receiveScanned(text: text)
    }

    /// The text to draw as a QR code.
    static func answer(to txn: String, with authenticator: Authenticator) throws -> String {
        try authenticator.decisionToShow(txn: txn)
    }
}
