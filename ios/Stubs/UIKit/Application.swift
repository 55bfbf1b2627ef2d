import Foundation

/// What events go through.
@MainActor open class UIResponder: NSObject {}

/// The app.
@MainActor open class UIApplication: UIResponder {
    /// This one.
    public static let shared = UIApplication()

    /// A key of what an app is started with.
    public struct LaunchOptionsKey: Hashable, Sendable {}

    /// Asks for a token of Apple's push service.
    open func registerForRemoteNotifications() {}
}

/// Is told of the app's life.
@MainActor public protocol UIApplicationDelegate: NSObjectProtocol {
    /// The app was started.
    func application(
        _ application: UIApplication, didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool
    /// There is a token.
    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken deviceToken: Data)
    /// There is none.
    func application(
        _ application: UIApplication, didFailToRegisterForRemoteNotificationsWithError error: any Error)
}

extension UIApplicationDelegate {
    /// Optional.
    public func application(
        _ application: UIApplication, didFailToRegisterForRemoteNotificationsWithError error: any Error
    ) {}
}
