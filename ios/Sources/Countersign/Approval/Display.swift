import CountersignFFI

extension Field {
    /// The value between marks that keep its direction to itself (UAX 9).
    public var isolated: String {
        switch direction {
        case .leftToRight: "\u{2066}\(value)\u{2069}"
        case .rightToLeft: "\u{2067}\(value)\u{2069}"
        }
    }
}

extension DenyReason {
    /// The reasons that have a button of their own, in its order. `other` is the plain button.
    public static let named: [DenyReason] = [.notMe, .wrongDetails, .unexpected]

    /// What the button says.
    public var word: Word {
        switch self {
        case .notMe: .denyNotMe
        case .wrongDetails: .denyWrongDetails
        case .unexpected: .denyUnexpected
        case .other: .deny
        }
    }
}
