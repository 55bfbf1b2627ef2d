import Countersign
import UIKit
import UserNotifications

/// Wires Apple's push service to the authenticator.
@MainActor
final class AppDelegate: NSObject, UIApplicationDelegate {
    let phone = Phone()

    func application(
        _ application: UIApplication, didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        let center = UNUserNotificationCenter.current()
        let deny = UNNotificationAction(
            identifier: "deny", title: Word.denyNotMe.text(in: .preferred), options: [.authenticationRequired, .destructive])
        center.setNotificationCategories([
            UNNotificationCategory(
                identifier: NotificationService.requestCategory, actions: [deny], intentIdentifiers: [], options: [])
        ])
        center.delegate = self
        Task {
            _ = try? await center.requestAuthorization(options: [.alert, .sound])
            application.registerForRemoteNotifications()
        }
        return true
    }

    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken deviceToken: Data) {
        Task { await phone.registered(deviceToken) }
    }
}

extension AppDelegate: UNUserNotificationCenterDelegate {
    /// A push while the app is in front: the app shows the request itself.
    nonisolated func userNotificationCenter(
        _ center: UNUserNotificationCenter, willPresent notification: UNNotification
    ) async -> UNNotificationPresentationOptions {
        let push = Push(notification)
        await phone.take(push.members)
        return []
    }

    /// The user opened a notification or pressed its button.
    nonisolated func userNotificationCenter(
        _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse
    ) async {
        let push = Push(response.notification)
        if response.actionIdentifier == "deny" {
            await phone.deny(push.members)
        } else {
            await phone.take(push.members)
        }
    }
}

/// The members of a push, on their way to the main thread.
private struct Push: Sendable {
    let members: [String: String]

    init(_ notification: UNNotification) {
        members = PushMembers.of(notification.request.content.userInfo)
    }
}
