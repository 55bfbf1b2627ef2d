#if canImport(UserNotifications) && canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
    import CountersignFFI
    import Foundation
    import UserNotifications

    /// The notification service extension of an app: verifies a push and shows a text that says nothing private.
    ///
    /// Make a subclass in the extension, name it as `NSExtensionPrincipalClass`, and give the app group by overriding
    /// ``appGroup`` or as `CountersignAppGroup` in the extension's Info.plist. The push needs `mutable-content: 1`.
    ///
    /// It works at once, without network. Whatever goes wrong (a forged push, a locked phone, a state it cannot read, a system that
    /// runs out of patience) shows the generic text. It keeps nothing and answers nothing: the notification carries the push, and
    /// the app takes it from there (``PushMembers``) or by a refresh.
    open class NotificationService: UNNotificationServiceExtension {
        /// The category of notifications about a request. The app registers it, with a button to deny if it wants one.
        public static let requestCategory = "org.countersign.request"

        private let answer = Answer()

        /// The identifier of the app group that holds the state, and of the keychain's access group.
        open var appGroup: String? {
            Bundle.main.object(forInfoDictionaryKey: "CountersignAppGroup") as? String
        }

        /// The language of the text.
        open var language: Language { .preferred }

        /// Takes what the library records, such as why a push was refused.
        open var diagnostics: any Diagnostics { DiagnosticsHandler { _, _ in } }

        /// What to show. An app that overrides it must not put anything of a request into it: a locked phone shows it to everybody.
        open func content(for notice: Notice) -> UNMutableNotificationContent {
            let content = UNMutableNotificationContent()
            let words = notice.words(in: language)
            content.title = words.title
            content.body = words.body
            content.sound = .default
            if notice == .request {
                content.categoryIdentifier = Self.requestCategory
                content.interruptionLevel = .timeSensitive
            }
            return content
        }

        /// Called by the system with a push.
        override open func didReceive(
            _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
        ) {
            let userInfo = request.content.userInfo
            answer.expect(fallback: complete(.request, userInfo), contentHandler)
            let notice = (try? receive(PushMembers.of(userInfo))) ?? .request
            answer.give(complete(notice, userInfo))
        }

        /// Called by the system when it waits no longer.
        override open func serviceExtensionTimeWillExpire() {
            answer.giveFallback()
        }

        private func complete(_ notice: Notice, _ userInfo: [AnyHashable: Any]) -> UNNotificationContent {
            let content = content(for: notice)
            content.userInfo = userInfo
            return content
        }

        private func receive(_ push: [String: String]) throws -> Notice {
            guard let appGroup else { throw StateStoreError.failed(reason: "no app group is named") }
            let state = ExtensionStateStore(reading: try state(of: appGroup))
            guard try state.load() != nil else { throw StateStoreError.failed(reason: "no phone is enrolled") }
            let authenticator = try Authenticator(
                config: Config(platform: "ios", model: "", app: ""), keys: SecureEnclaveKeyStore(accessGroup: appGroup),
                state: state, clock: SystemClock(), diagnostics: diagnostics, transport: ExtensionTransport())
            return Notice(try authenticator.receive(push: push))
        }

        /// The state that the app writes.
        func state(of appGroup: String) throws -> AppGroupStateStore {
            try AppGroupStateStore(appGroup: appGroup)
        }
    }

    /// Gives the system one answer, whoever comes first: the system calls from two threads.
    private final class Answer: @unchecked Sendable {
        private let lock = NSLock()
        private var waiting: (handler: (UNNotificationContent) -> Void, fallback: UNNotificationContent)?

        func expect(fallback: UNNotificationContent, _ handler: @escaping (UNNotificationContent) -> Void) {
            lock.withLock { waiting = (handler, fallback) }
        }

        func give(_ content: UNNotificationContent) {
            take()?.handler(content)
        }

        func giveFallback() {
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
