import Foundation
import UIKit

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder @MainActor @preconcurrency var body: Body { get }
    @MainActor @preconcurrency init()
}

extension App {
    /// Creates the app. On Linux nothing is drawn.
    @MainActor @preconcurrency public static func main() {
        _ = Self()
    }
}

@MainActor @preconcurrency public protocol Scene {}

@resultBuilder public struct SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: @escaping () -> Content) {}
}

@MainActor @preconcurrency @propertyWrapper public struct UIApplicationDelegateAdaptor<Delegate>
where Delegate: NSObject & UIApplicationDelegate {
    public init(_ delegateType: Delegate.Type = Delegate.self) {}

    public var wrappedValue: Delegate { fatalError("no app runs on Linux") }
}
