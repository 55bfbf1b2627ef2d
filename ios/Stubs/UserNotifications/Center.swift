import Foundation

/// What the user may allow.
public struct UNAuthorizationOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt

    /// From bits.
    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// Sounds.
    public static let sound = Self(rawValue: 1 << 1)
    /// Notifications.
    public static let alert = Self(rawValue: 1 << 2)
}

/// How a notification appears while the app is in front.
public struct UNNotificationPresentationOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt

    /// From bits.
    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// At the top of the screen.
    public static let banner = Self(rawValue: 1 << 4)
}

/// What a button does beside its action.
public struct UNNotificationActionOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt

    /// From bits.
    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// Only while the phone is unlocked.
    public static let authenticationRequired = Self(rawValue: 1 << 0)
    /// Shown as something that destroys.
    public static let destructive = Self(rawValue: 1 << 1)
}

/// What a category wants beside its buttons.
public struct UNNotificationCategoryOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt

    /// From bits.
    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }
}

/// A button.
open class UNNotificationAction: NSObject {
    /// Its name.
    public let identifier: String

    /// A button with this title.
    public init(identifier: String, title: String, options: UNNotificationActionOptions) {
        self.identifier = identifier
    }
}

/// A kind of notification.
open class UNNotificationCategory: NSObject {
    /// Its name.
    public let identifier: String

    /// A kind with these buttons.
    public init(
        identifier: String, actions: [UNNotificationAction], intentIdentifiers: [String],
        options: UNNotificationCategoryOptions
    ) {
        self.identifier = identifier
    }
}

/// What the user did with a notification.
open class UNNotificationResponse: NSObject {
    /// Which.
    public let notification: UNNotification
    /// The button's name.
    public let actionIdentifier: String

    init(notification: UNNotification, actionIdentifier: String) {
        self.notification = notification
        self.actionIdentifier = actionIdentifier
    }
}

/// Is told of notifications.
public protocol UNUserNotificationCenterDelegate: NSObjectProtocol {
    /// One came while the app is in front.
    func userNotificationCenter(_ center: UNUserNotificationCenter, willPresent notification: UNNotification) async
        -> UNNotificationPresentationOptions
    /// The user opened one or pressed a button of it.
    func userNotificationCenter(_ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse) async
}

/// The notifications of an app.
open class UNUserNotificationCenter: NSObject {
    nonisolated(unsafe) private static let center = UNUserNotificationCenter()

    /// This app's.
    open class func current() -> UNUserNotificationCenter { center }

    /// Who is told.
    open weak var delegate: (any UNUserNotificationCenterDelegate)?

    /// Asks the user.
    open func requestAuthorization(options: UNAuthorizationOptions = []) async throws -> Bool { false }

    /// Names the kinds of notifications.
    open func setNotificationCategories(_ categories: Set<UNNotificationCategory>) {}
}
