import Countersign
import UIKit

/// The configuration of this bank.
enum Bank {
    /// The app group in the entitlements of the app and of the extension.
    static let appGroup = "group.org.example.samplebank"

    /// Opens the authenticator. A process must have only one.
    ///
    /// - Throws: `AuthenticatorError` or `StateStoreError` if the state or its key cannot be read.
    @MainActor
    static func openAuthenticator() throws -> Authenticator {
        try Authenticator(
            // The sample works with the developer's own server. A bank's app lists its issuers.
            config: Config(
                platform: "ios", model: UIDevice.current.model, app: "Sample Bank 1.0", issuers: .unrestricted,
                allowLoopback: true, appVersion: "1.0"),
            keys: SecureEnclaveKeyStore(accessGroup: appGroup, withoutEnclave: .useSoftware),
            state: AppGroupStateStore(appGroup: appGroup),
            clock: SystemClock(),
            diagnostics: DiagnosticsHandler { during, code in print("countersign: \(during): \(code)") },
            transport: URLSessionTransport(pins: .none))
    }
}
