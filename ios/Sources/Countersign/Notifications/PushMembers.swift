import CountersignFFI

/// The members of ADP/1 in the payload of a notification. What else is there (`aps`, members of other services) stays out.
public enum PushMembers {
    private static let names = ["v", "e", "p", "w"]

    /// What `Authenticator.receive` takes.
    public static func of(_ userInfo: [AnyHashable: Any]) -> [String: String] {
        var members: [String: String] = [:]
        for name in names {
            members[name] = userInfo[name] as? String
        }
        return members
    }
}

/// What kind of push came: all that a notification may tell of it.
public enum Notice: Equatable, Sendable {
    /// A request waits, or a push that could not be verified says so.
    case request
    /// An enrolment changed.
    case enrolment

    /// What a received push is announced as.
    init(_ received: Received) {
        switch received {
        case .request, .duplicate, .fetch: self = .request
        case .status: self = .enrolment
        }
    }

    /// The title and the text. They are the same for every bank and every request.
    public func words(in language: Language) -> (title: String, body: String) {
        switch self {
        case .request: (Word.requestTitle.text(in: language), Word.requestBody.text(in: language))
        case .enrolment: (Word.stateTitle.text(in: language), Word.stateBody.text(in: language))
        }
    }
}
