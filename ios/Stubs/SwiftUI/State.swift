import Foundation

/// What views watch. On an iPhone it is Combine's, which SwiftUI brings along.
public protocol ObservableObject: AnyObject {}

/// Tells that an object is about to change.
public final class ObservableObjectPublisher: Sendable {
    /// Tells it.
    public func send() {}
}

extension ObservableObject {
    /// Tells that this object is about to change.
    public var objectWillChange: ObservableObjectPublisher { ObservableObjectPublisher() }
}

/// A value that tells when it changes.
@propertyWrapper public struct Published<Value> {
    /// The value.
    public var wrappedValue: Value

    /// With this value at first.
    public init(wrappedValue: Value) {
        self.wrappedValue = wrappedValue
    }
}

/// An object that a view makes and keeps.
@propertyWrapper public struct StateObject<ObjectType: ObservableObject> {
    private let make: () -> ObjectType

    /// Makes it when it is first needed.
    public init(wrappedValue thunk: @autoclosure @escaping () -> ObjectType) {
        make = thunk
    }

    /// The object.
    @MainActor @preconcurrency public var wrappedValue: ObjectType { make() }
    /// Its properties as bindings.
    @MainActor @preconcurrency public var projectedValue: ObservedObject<ObjectType>.Wrapper { .init(object: make()) }
}

/// An object that a view is given.
@MainActor @preconcurrency @propertyWrapper public struct ObservedObject<ObjectType: ObservableObject> {
    /// The object.
    public var wrappedValue: ObjectType

    /// This one.
    public init(wrappedValue: ObjectType) {
        self.wrappedValue = wrappedValue
    }

    /// Its properties as bindings.
    public var projectedValue: Wrapper { Wrapper(object: wrappedValue) }

    /// The properties of an object as bindings.
    @MainActor @preconcurrency @dynamicMemberLookup public struct Wrapper {
        let object: ObjectType

        /// One of them.
        public subscript<Subject>(dynamicMember keyPath: ReferenceWritableKeyPath<ObjectType, Subject>) -> Binding<Subject> {
            Binding()
        }
    }
}

/// A value that lives elsewhere.
public struct Binding<Value> {}

/// What surrounds a view.
public struct EnvironmentValues {
    /// Where the scene stands.
    public var scenePhase: ScenePhase { .background }
}

/// Where a scene stands.
public enum ScenePhase: Comparable, Sendable {
    /// Not to be seen.
    case background
    /// To be seen, but covered or behind another.
    case inactive
    /// In front.
    case active
}

/// Reads what surrounds a view.
@propertyWrapper public struct Environment<Value> {
    private let keyPath: KeyPath<EnvironmentValues, Value>

    /// One of its values.
    public init(_ keyPath: KeyPath<EnvironmentValues, Value>) {
        self.keyPath = keyPath
    }

    /// The value.
    public var wrappedValue: Value { EnvironmentValues()[keyPath: keyPath] }
}
