@_exported import Foundation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

/// A view without a body.
public protocol FakePrimitiveView: View where Body == Never {}

extension FakePrimitiveView {
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

public struct EmptyView: FakePrimitiveView {
    nonisolated public init() {}
}

public struct TupleView<T>: FakePrimitiveView {
    nonisolated(unsafe) public var value: T

    nonisolated init(value: T) {
        self.value = value
    }
}

public enum _ConditionalContent<TrueContent: View, FalseContent: View>: FakePrimitiveView {
    case first(TrueContent)
    case second(FalseContent)
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("nothing is drawn on Linux") }
}

@resultBuilder public struct ViewBuilder {
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(
        _ content: repeat each Content
    ) -> TupleView<(repeat each Content)> {
        TupleView(value: (repeat each content))
    }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> _ConditionalContent<First, Second> {
        .first(first)
    }
    public static func buildEither<First: View, Second: View>(second: Second) -> _ConditionalContent<First, Second> {
        .second(second)
    }
}
