#if canImport(UserNotifications) && canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
    import CountersignFFI
    import Foundation
    import UserNotifications

    /// A notification service extension that verifies a push and displays a generic text.
    ///
    /// Create a subclass in the extension and set it as `NSExtensionPrincipalClass`. Provide the
    /// app group by overriding ``appGroup`` or as `CountersignAppGroup` in the extension's
    /// Info.plist. The push must contain `mutable-content: 1`.
    ///
    /// The extension does not use the network. If the push cannot be verified, the phone is locked,
    /// the state cannot be read or the time is up, it displays the text of a request. It saves
    /// nothing and makes no decision. The notification contains the push, and the app receives it
    /// from there (``PushMembers``) or by a refresh.
    open class NotificationService: UNNotificationServiceExtension {
        /// The category of notifications about a request. The app registers it with its buttons.
        public static let requestCategory = "org.countersign.request"

        private let response = ContentResponse()

        /// The identifier of the app group of the state, which is also the keychain access group.
        open var appGroup: String? {
            Bundle.main.object(forInfoDictionaryKey: "CountersignAppGroup") as? String
        }

        /// The language of the notification.
        open var language: Language { .preferred }

        /// Receives the diagnostics of the library, for example why a push was rejected.
        open var diagnostics: any Diagnostics { DiagnosticsHandler { _, _ in } }

        /// Returns the content of a notification.
        ///
        /// An override must not include details of a request, because a locked phone displays them.
        open func content(for kind: NotificationKind) -> UNMutableNotificationContent {
            let content = UNMutableNotificationContent()
            (content.title, content.body) = kind.text(in: language)
            content.sound = .default
            if kind == .request {
                content.categoryIdentifier = Self.requestCategory
                content.interruptionLevel = .timeSensitive
            }
            return content
        }

        /// Replaces the content of a push. The system calls it.
        override open func didReceive(
            _ request: UNNotificationRequest,
            withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
        ) {
            let userInfo = request.content.userInfo
            response.begin(fallback: makeContent(.request, userInfo), contentHandler)
            let kind = (try? receive(PushMembers.of(userInfo))) ?? .request
            response.complete(makeContent(kind, userInfo))
        }

        /// Displays the text of a request when the time is up. The system calls it.
        override open func serviceExtensionTimeWillExpire() {
            response.completeWithFallback()
        }

        private func makeContent(_ kind: NotificationKind, _ userInfo: [AnyHashable: Any]) -> UNNotificationContent {
            let content = content(for: kind)
            content.userInfo = userInfo
            return content
        }

        private func receive(_ push: [String: String]) throws -> NotificationKind {
            guard let appGroup else {
                throw StateStoreError.failed(reason: "there is no app group; add CountersignAppGroup to Info.plist")
            }
            let state = ExtensionStateStore(reading: try state(of: appGroup))
            guard try state.load() != nil else {
                throw StateStoreError.failed(reason: "there is no state; enrol this phone first")
            }
            let authenticator = try Authenticator(
                config: Config(platform: "ios", model: "", app: "", issuers: .unrestricted),
                keys: SecureEnclaveKeyStore(accessGroup: appGroup),
                state: state, clock: SystemClock(), diagnostics: diagnostics, transport: ExtensionTransport())
            return NotificationKind(try authenticator.receive(push: push))
        }

        /// Returns the state store of the app.
        func state(of appGroup: String) throws -> AppGroupStateStore {
            try AppGroupStateStore(appGroup: appGroup)
        }
    }

    /// Calls the handler of the system once. The system uses two threads.
    private final class ContentResponse: @unchecked Sendable {
        private let lock = NSLock()
        private var waiting: (handler: (UNNotificationContent) -> Void, fallback: UNNotificationContent)?

        func begin(fallback: UNNotificationContent, _ handler: @escaping (UNNotificationContent) -> Void) {
            lock.withLock { waiting = (handler, fallback) }
        }

        func complete(_ content: UNNotificationContent) {
            take()?.handler(content)
        }

        func completeWithFallback() {
            guard let waiting = take() else { return }
            waiting.handler(waiting.fallback)
        }

        private func take() -> (handler: (UNNotificationContent) -> Void, fallback: UNNotificationContent)? {
            lock.withLock {
                defer { waiting = nil }
                return waiting
            }
        }
    }
#endif
