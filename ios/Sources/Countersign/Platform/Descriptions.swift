import CountersignFFI

// By default Swift prints every member of a value. These types contain secrets or personal data, so
// their descriptions leave them out.

extension HttpRequest: CustomStringConvertible, CustomReflectable {
    /// The method and the URL. Headers and body contain proofs and one-time codes.
    public var description: String { "\(method) \(url)" }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Header: CustomStringConvertible, CustomReflectable {
    /// The name. The value may be a proof.
    public var description: String { name }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HttpResponse: CustomStringConvertible, CustomReflectable {
    /// The status and the length of the body.
    public var description: String { "\(status), \(body.count) bytes" }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension PushAddress: CustomStringConvertible, CustomReflectable {
    /// The push service without the token.
    public var description: String { "\(kind)" }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension EnrolmentInfo: CustomStringConvertible, CustomReflectable {
    /// The id and the state, without the account and the confirmation code.
    public var description: String { "\(id) \(state)" }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Field: CustomStringConvertible, CustomReflectable {
    /// The id. The value is personal data.
    public var description: String { id }

    /// A mirror without members, so that `dump` prints only the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
