import Foundation
import UIKit

extension View {
    /// With room around it.
    public func padding() -> some View { self }
    /// Before this view.
    public func background<Background: View>(_ background: Background, alignment: Alignment = .center) -> some View { self }
    /// So far to be seen: from 0, not at all, to 1.
    public func opacity(_ opacity: Double) -> some View { self }
    /// At its own size.
    public func fixedSize(horizontal: Bool, vertical: Bool) -> some View { self }
    /// Not to be used while this holds.
    public func disabled(_ disabled: Bool) -> some View { self }
    /// With this keyboard.
    public func keyboardType(_ type: UIKeyboardType) -> some View { self }
    /// Without corrections.
    public func disableAutocorrection(_ disable: Bool?) -> some View { self }
    /// Read aloud like this.
    public func accessibilityLabel(_ label: Text) -> some View { self }
    /// Gives its space a name.
    public func coordinateSpace<T: Hashable>(name: T) -> some View { self }
    /// When it appears.
    public func onAppear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    /// When it is gone.
    public func onDisappear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    /// When this changes.
    public func onChange<V: Equatable>(of value: V, perform action: @escaping @MainActor (V) -> Void) -> some View { self }
    /// When a link is opened.
    public func onOpenURL(perform action: @escaping @MainActor (URL) -> Void) -> some View { self }
    /// Another view where this differs.
    public func id<ID: Hashable>(_ id: ID) -> some View { self }
}
