import CountersignFFI

/// Where a field stands on the screen: its edges, measured from the upper left corner of what is visible.
public struct FieldFrame: Equatable, Sendable {
    /// The left edge.
    public var left: Double
    /// The upper edge.
    public var top: Double
    /// The width.
    public var width: Double
    /// The height.
    public var height: Double

    /// A frame with these edges.
    public init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }
}

/// Keeps what was really seen of the fields of one request, for the ``CountersignFFI/RenderReport``.
///
/// A field counts when all of it was inside the visible part of the screen while the screen was in front, at once or, where it is
/// taller than the screen, piece by piece. A screen that is shared at any moment, or a call, is remembered.
public struct RenderLog: Sendable {
    private let fields: [String]
    private var drawn: Set<String> = []
    private var pieces: [String: Pieces] = [:]
    private var shownMs: UInt64 = 0
    private var since: UInt64?
    private var shared = false
    private var call = false

    /// Half a point: what rounding of a layout can lose at an edge.
    private static let tolerance = 0.5

    /// Nothing was seen yet of these fields.
    public init(fields: [String]) {
        self.fields = fields
    }

    /// Whether every field was seen.
    public var isComplete: Bool { drawn.count == fields.count }

    /// Whether the screen is in front now.
    public var isInFront: Bool { since != nil }

    /// Whether the screen was shared while it was seen.
    public var wasShared: Bool { shared }

    /// Whether there was a call while it was seen.
    public var hadCall: Bool { call }

    /// The screen came to the front or left it, at this reading of a clock that only goes forward.
    public mutating func inFront(_ front: Bool, at now: UInt64) {
        shownMs = shown(at: now)
        since = front ? now : nil
    }

    /// The screen is recorded, mirrored or controlled, or is so no longer.
    public mutating func sharing(_ now: Bool) {
        shared = shared || now
    }

    /// A telephone call is going on, or has ended.
    public mutating func calling(_ now: Bool) {
        call = call || now
    }

    /// A field stands here, in a visible part of this size.
    public mutating func placed(_ field: String, _ frame: FieldFrame, width: Double, height: Double) {
        guard isInFront, fields.contains(field), !drawn.contains(field), frame.width > 0, frame.height > 0 else { return }
        guard frame.left >= -Self.tolerance, frame.left + frame.width <= width + Self.tolerance else { return }
        var seen = pieces[field].flatMap { $0.height == frame.height ? $0 : nil } ?? Pieces(height: frame.height)
        seen.add(from: max(0, -frame.top), to: min(frame.height, height - frame.top))
        pieces[field] = seen
        if seen.cover(within: Self.tolerance) { drawn.insert(field) }
    }

    /// For how long the screen was in front so far.
    public func shown(at now: UInt64) -> UInt64 {
        guard let since, now > since else { return shownMs }
        return shownMs + (now - since)
    }

    /// The report of now. A screen that is not in front is reported as covered.
    public func report(at now: UInt64) -> RenderReport {
        RenderReport(
            drawn: fields.filter(drawn.contains), shownMs: shown(at: now), obscured: !isInFront, shared: shared,
            callActive: call)
    }
}

/// The parts of one field that were visible, from its upper edge down.
private struct Pieces {
    let height: Double
    private var seen: [ClosedRange<Double>] = []

    init(height: Double) {
        self.height = height
    }

    mutating func add(from top: Double, to bottom: Double) {
        guard top < bottom else { return }
        var joined = top...bottom
        var apart: [ClosedRange<Double>] = []
        for piece in seen {
            if piece.overlaps(joined) {
                joined = min(piece.lowerBound, joined.lowerBound)...max(piece.upperBound, joined.upperBound)
            } else {
                apart.append(piece)
            }
        }
        seen = apart + [joined]
    }

    func cover(within tolerance: Double) -> Bool {
        seen.contains { $0.lowerBound <= tolerance && $0.upperBound >= height - tolerance }
    }
}
