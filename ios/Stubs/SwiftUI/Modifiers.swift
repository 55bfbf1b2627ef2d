import Foundation
import UIKit

extension View {
    public func padding() -> some View { self }
    public func background<Background: View>(
        _ background: Background, alignment: Alignment = .center
    ) -> some View { self }
    public func opacity(_ opacity: Double) -> some View { self }
    public func fixedSize(horizontal: Bool, vertical: Bool) -> some View { self }
    public func disabled(_ disabled: Bool) -> some View { self }
    public func keyboardType(_ type: UIKeyboardType) -> some View { self }
    public func disableAutocorrection(_ disable: Bool?) -> some View { self }
    public func accessibilityLabel(_ label: Text) -> some View { self }
    public func coordinateSpace<T: Hashable>(name: T) -> some View { self }
    public func onAppear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    public func onDisappear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    public func onChange<V: Equatable>(
        of value: V, perform action: @escaping @MainActor (V) -> Void
    ) -> some View { self }
    public func onOpenURL(perform action: @escaping @MainActor (URL) -> Void) -> some View { self }
    public func id<ID: Hashable>(_ id: ID) -> some View { self }
}
