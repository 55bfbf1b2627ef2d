import Countersign
import UIKit
import UserNotifications

/// Connects Apple's push service to the authenticator.
@MainActor
final class AppDelegate: NSObject, UIApplicationDelegate {
    let phone = Phone()

    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        let center = UNUserNotificationCenter.current()
        let deny = UNNotificationAction(
            identifier: "deny", title: ScreenText.denyNotMe.text(in: .preferred),
            options: [.authenticationRequired, .destructive])
        center.setNotificationCategories([
            UNNotificationCategory(
                identifier: NotificationService.requestCategory, actions: [deny], intentIdentifiers: [], options: [])
        ])
        center.delegate = self
        Task {
            _ = try? await UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .sound])
            application.registerForRemoteNotifications()
        }
        return true
    }

    func application(_ application: UIApplication, didRegisterForRemoteNotificationsWithDeviceToken deviceToken: Data) {
        Task { await phone.registered(deviceToken) }
    }
}

extension AppDelegate: UNUserNotificationCenterDelegate {
    /// Receives a push while the app is in the foreground. The app displays the request itself.
    nonisolated func userNotificationCenter(
        _ center: UNUserNotificationCenter, willPresent notification: UNNotification
    ) async -> UNNotificationPresentationOptions {
        await phone.receive(PushMembers.of(notification.request.content.userInfo))
        return []
    }

    /// Handles a notification that the user opened, or its button.
    nonisolated func userNotificationCenter(
        _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse
    ) async {
        let push = PushMembers.of(response.notification.request.content.userInfo)
        if response.actionIdentifier == "deny" {
            await phone.deny(push)
        } else {
            await phone.receive(push)
        }
    }
}
