import Countersign
import UIKit

/// What is this bank's: its app group, and how the authenticator is put together.
enum Bank {
    /// Also in the entitlements of the app and of the extension.
    static let appGroup = "group.org.example.samplebank"

    /// Opens the authenticator. There is one in the process.
    @MainActor
    static func openAuthenticator() throws -> Authenticator {
        try Authenticator(
            config: Config(platform: "ios", model: UIDevice.current.model, app: "Sample Bank 1.0"),
            keys: SecureEnclaveKeyStore(accessGroup: appGroup, withoutEnclave: .useSoftware),
            state: AppGroupStateStore(appGroup: appGroup),
            clock: SystemClock(),
            diagnostics: DiagnosticsHandler { during, code in print("countersign: \(during): \(code)") },
            transport: URLSessionTransport(pins: .none))
    }
}
