import Foundation

open class UNNotificationContent: NSObject {
    open fileprivate(set) var title = ""
    open fileprivate(set) var body = ""
    open fileprivate(set) var sound: UNNotificationSound?
    open fileprivate(set) var categoryIdentifier = ""
    open fileprivate(set) var userInfo: [AnyHashable: Any] = [:]
    open fileprivate(set) var interruptionLevel = UNNotificationInterruptionLevel.active
}

open class UNMutableNotificationContent: UNNotificationContent {
    override open var title: String {
        get { super.title }
        set { super.title = newValue }
    }
    override open var body: String {
        get { super.body }
        set { super.body = newValue }
    }
    override open var sound: UNNotificationSound? {
        get { super.sound }
        set { super.sound = newValue }
    }
    override open var categoryIdentifier: String {
        get { super.categoryIdentifier }
        set { super.categoryIdentifier = newValue }
    }
    override open var userInfo: [AnyHashable: Any] {
        get { super.userInfo }
        set { super.userInfo = newValue }
    }
    override open var interruptionLevel: UNNotificationInterruptionLevel {
        get { super.interruptionLevel }
        set { super.interruptionLevel = newValue }
    }
}

open class UNNotificationSound: NSObject {
    nonisolated(unsafe) public static let `default` = UNNotificationSound()
}

public enum UNNotificationInterruptionLevel: UInt, Sendable {
    case passive
    case active
    case timeSensitive
}

open class UNNotificationRequest: NSObject {
    public let identifier: String
    public let content: UNNotificationContent

    public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
        self.identifier = identifier
        self.content = content
    }
}

open class UNNotificationTrigger: NSObject {}

open class UNNotification: NSObject {
    public let request: UNNotificationRequest

    init(request: UNNotificationRequest) {
        self.request = request
    }
}

open class UNNotificationServiceExtension: NSObject {
    open func didReceive(
        _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {
        contentHandler(request.content)
    }

    open func serviceExtensionTimeWillExpire() {}
}
