import Countersign
import SwiftUI
import UIKit

/// A minimal app of a bank that enrols a phone and approves requests.
@main
struct SampleBankApp: App {
    @UIApplicationDelegateAdaptor(AppDelegate.self) private var delegate

    var body: some Scene {
        WindowGroup {
            HomeView(phone: delegate.phone)
        }
    }
}
