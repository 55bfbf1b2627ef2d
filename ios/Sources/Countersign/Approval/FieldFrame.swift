import CountersignFFI

/// The position of a field, measured from the upper left corner of the visible area, in points.
public struct FieldFrame: Equatable, Sendable {
    /// The left edge.
    public var left: Double
    /// The upper edge.
    public var top: Double
    /// The width.
    public var width: Double
    /// The height.
    public var height: Double

    /// The rounding that a layout may lose at a side edge, in points.
    private static let tolerance = 0.5

    /// Creates a frame with these edges.
    public init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    /// Returns the event that reports the visible part of a field with this frame.
    ///
    /// A field that is not visible in its full width has no visible part.
    ///
    /// - Parameters:
    ///   - field: The id of the field.
    ///   - width: The width of the visible area.
    ///   - height: The height of the visible area.
    func visibleEvent(field: String, width: Double, height: Double) -> SessionEvent {
        let numbers = [left, top, self.width, self.height, width, height]
        guard numbers.allSatisfy(\.isFinite), self.width > 0, self.height > 0 else {
            return .visible(field: field, height: 0, top: 0, bottom: 0)
        }
        guard left >= -Self.tolerance, left + self.width <= width + Self.tolerance else {
            return .visible(field: field, height: self.height, top: 0, bottom: 0)
        }
        return .visible(field: field, height: self.height, top: -top, bottom: height - top)
    }
}
