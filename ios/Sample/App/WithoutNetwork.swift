import Countersign

/// Decides a request without network, with QR codes on the phone and on the other screen.
enum WithoutNetwork {
    /// Returns the request in a scanned code.
    ///
    /// - Throws: `AuthenticatorError` if the text is not a request for this phone.
    static func scanned(_ text: String, with authenticator: Authenticator) throws -> PendingRequest {
        try authenticator.receiveScanned(text: text)
    }

    /// Returns the text of the decision, which the app displays as a QR code.
    ///
    /// - Throws: `AuthenticatorError` if there is no decision in the outbox.
    static func decision(for txn: String, with authenticator: Authenticator) throws -> String {
        try authenticator.decisionToShow(txn: txn)
    }
}
