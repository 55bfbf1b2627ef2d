@_exported import Foundation

/// Something on a screen.
@MainActor @preconcurrency public protocol View {
    /// What it is made of.
    associatedtype Body: View
    /// What it is made of.
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    /// Nothing.
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

/// A view without parts of its own.
public protocol PrimitiveDouble: View where Body == Never {}

extension PrimitiveDouble {
    /// Nothing.
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

/// Nothing.
public struct EmptyView: PrimitiveDouble {
    /// Nothing.
    nonisolated public init() {}
}

/// Several views.
public struct TupleView<T>: PrimitiveDouble {
    /// The views.
    nonisolated(unsafe) public var value: T

    nonisolated init(value: T) {
        self.value = value
    }
}

/// One of two views.
public enum _ConditionalContent<TrueContent: View, FalseContent: View>: PrimitiveDouble {
    /// The first.
    case first(TrueContent)
    /// The second.
    case second(FalseContent)
}

extension Optional: View where Wrapped: View {
    /// Nothing.
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

/// Puts views together.
@resultBuilder public struct ViewBuilder {
    /// A view.
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    /// No view.
    public static func buildBlock() -> EmptyView { EmptyView() }
    /// One view.
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    /// Several views.
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)> {
        TupleView(value: (repeat each content))
    }
    /// A view or none.
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    /// The first of two.
    public static func buildEither<First: View, Second: View>(first: First) -> _ConditionalContent<First, Second> {
        .first(first)
    }
    /// The second of two.
    public static func buildEither<First: View, Second: View>(second: Second) -> _ConditionalContent<First, Second> {
        .second(second)
    }
}
