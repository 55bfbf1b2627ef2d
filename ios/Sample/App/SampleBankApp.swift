import Countersign
import SwiftUI
import UIKit

/// A bank's app, as small as one can be that adds a phone and approves.
@main
struct SampleBankApp: App {
    @UIApplicationDelegateAdaptor(AppDelegate.self) private var delegate

    var body: some Scene {
        WindowGroup {
            HomeView(phone: delegate.phone)
        }
    }
}
