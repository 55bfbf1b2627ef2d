import Foundation
import UIKit

/// An app.
@MainActor @preconcurrency public protocol App {
    /// What it shows.
    associatedtype Body: Scene
    /// What it shows.
    @SceneBuilder @MainActor @preconcurrency var body: Body { get }
    /// As it begins.
    @MainActor @preconcurrency init()
}

extension App {
    /// Starts the app: on Linux it makes it and ends, since there is nothing to draw on.
    @MainActor @preconcurrency public static func main() {
        _ = Self()
    }
}

/// A window.
@MainActor @preconcurrency public protocol Scene {}

/// Puts scenes together.
@resultBuilder public struct SceneBuilder {
    /// One.
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

/// A window with views.
public struct WindowGroup<Content: View>: Scene {
    /// Of these views.
    public init(@ViewBuilder content: @escaping () -> Content) {}
}

/// Makes the app's delegate.
@MainActor @preconcurrency @propertyWrapper public struct UIApplicationDelegateAdaptor<Delegate>
where Delegate: NSObject & UIApplicationDelegate {
    /// Of this type.
    public init(_ delegateType: Delegate.Type = Delegate.self) {}

    /// The delegate.
    public var wrappedValue: Delegate { fatalError("no app runs on Linux") }
}
