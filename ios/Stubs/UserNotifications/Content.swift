import Foundation

/// What a notification shows.
open class UNNotificationContent: NSObject {
    /// The title.
    open fileprivate(set) var title = ""
    /// The text.
    open fileprivate(set) var body = ""
    /// The sound.
    open fileprivate(set) var sound: UNNotificationSound?
    /// The category, which has the buttons.
    open fileprivate(set) var categoryIdentifier = ""
    /// The payload.
    open fileprivate(set) var userInfo: [AnyHashable: Any] = [:]
    /// How urgent.
    open fileprivate(set) var interruptionLevel = UNNotificationInterruptionLevel.active
}

/// What a notification is to show.
open class UNMutableNotificationContent: UNNotificationContent {
    /// The title.
    override open var title: String {
        get { super.title }
        set { super.title = newValue }
    }
    /// The text.
    override open var body: String {
        get { super.body }
        set { super.body = newValue }
    }
    /// The sound.
    override open var sound: UNNotificationSound? {
        get { super.sound }
        set { super.sound = newValue }
    }
    /// The category, which has the buttons.
    override open var categoryIdentifier: String {
        get { super.categoryIdentifier }
        set { super.categoryIdentifier = newValue }
    }
    /// The payload.
    override open var userInfo: [AnyHashable: Any] {
        get { super.userInfo }
        set { super.userInfo = newValue }
    }
    /// How urgent.
    override open var interruptionLevel: UNNotificationInterruptionLevel {
        get { super.interruptionLevel }
        set { super.interruptionLevel = newValue }
    }
}

/// A sound.
open class UNNotificationSound: NSObject {
    /// The usual one.
    nonisolated(unsafe) public static let `default` = UNNotificationSound()
}

/// How urgent a notification is.
public enum UNNotificationInterruptionLevel: UInt, Sendable {
    /// Waits in the list.
    case passive
    /// As usual.
    case active
    /// Also while the user wants quiet.
    case timeSensitive
}

/// A notification that is to be shown.
open class UNNotificationRequest: NSObject {
    /// Its name.
    public let identifier: String
    /// What it shows.
    public let content: UNNotificationContent

    /// A request. On an iPhone the last argument is a trigger; a push has none.
    public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
        self.identifier = identifier
        self.content = content
    }
}

/// What lets a notification appear.
open class UNNotificationTrigger: NSObject {}

/// A notification that was shown.
open class UNNotification: NSObject {
    /// What asked for it.
    public let request: UNNotificationRequest

    init(request: UNNotificationRequest) {
        self.request = request
    }
}

/// Changes a notification before it is shown.
open class UNNotificationServiceExtension: NSObject {
    /// Takes a notification.
    open func didReceive(
        _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {
        contentHandler(request.content)
    }

    /// The time is over.
    open func serviceExtensionTimeWillExpire() {}
}
