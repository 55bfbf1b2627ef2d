import Foundation

/// Text.
public struct Text: PrimitiveDouble, Sendable {
    /// Exactly this text: not looked up, not read as markup.
    public init(verbatim content: String) {}
    /// In this font.
    public func font(_ font: Font?) -> Text { self }
    /// In this weight.
    public func fontWeight(_ weight: Font.Weight?) -> Text { self }
}

/// A font.
public struct Font: Sendable {
    /// The largest here.
    public static let title = Font()
    /// For headings.
    public static let headline = Font()
    /// As usual.
    public static let body = Font()
    /// Smaller.
    public static let footnote = Font()
    /// The smallest.
    public static let caption = Font()

    /// How heavy.
    public struct Weight: Sendable {
        /// As usual.
        public static let regular = Weight()
        /// Heavy.
        public static let bold = Weight()
    }
}

/// A colour.
public struct Color: PrimitiveDouble, Sendable {
    /// None.
    public static let clear = Color()
}

/// How views in a column are lined up.
public struct HorizontalAlignment: Sendable {
    /// In the middle.
    public static let center = HorizontalAlignment()
    /// Where a line begins.
    public static let leading = HorizontalAlignment()
}

/// How a view behind another is placed.
public struct Alignment: Sendable {
    /// In the middle.
    public static let center = Alignment()
}

/// A column.
public struct VStack<Content: View>: PrimitiveDouble {
    /// Of these views.
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) {}
}

/// A column that scrolls.
public struct ScrollView<Content: View>: PrimitiveDouble {
    /// Of these views.
    public init(@ViewBuilder content: () -> Content) {}
}

/// A view for each element.
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: PrimitiveDouble {
    /// Of these elements.
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content) {}
}

/// A button.
public struct Button<Label: View>: PrimitiveDouble {
    /// That does this.
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {}
}

/// A field to type in.
public struct TextField<Label: View>: PrimitiveDouble {}

extension TextField where Label == Text {
    /// For this text.
    public init<S: StringProtocol>(_ title: S, text: Binding<String>) {}
}

/// Knows its size.
public struct GeometryReader<Content: View>: PrimitiveDouble {
    /// Of this view.
    public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) {}
}

/// A size and a place.
public struct GeometryProxy {
    /// The size.
    public var size: CGSize { .zero }
    /// The place in a space.
    public func frame(in coordinateSpace: CoordinateSpace) -> CGRect { .zero }
}

/// Where a place is measured from.
public enum CoordinateSpace {
    /// A view with this name.
    case named(AnyHashable)
}
