import Foundation

/// Reads the public key of an X.509 certificate (RFC 5280, section 4.1).
enum Certificate {
    /// Returns the DER encoding of the SubjectPublicKeyInfo, or nil if the bytes are not a
    /// certificate.
    static func publicKeyInfo(in der: Data) -> Data? {
        var outside = DER(der)
        guard var certificate = outside.enter(0x30), var body = certificate.enter(0x30) else { return nil }
        if body.next == 0xA0 { body.skip() }
        // Serial number, signature algorithm, issuer, validity and subject.
        for tag: UInt8 in [0x02, 0x30, 0x30, 0x30, 0x30] {
            guard body.next == tag else { return nil }
            body.skip()
        }
        guard body.next == 0x30 else { return nil }
        return body.take()
    }
}

/// Reads DER elements in sequence. An invalid element ends the sequence.
private struct DER {
    private var rest: Data

    init(_ bytes: Data) {
        rest = bytes
    }

    /// The tag of the next element, or nil at the end.
    var next: UInt8? { rest.first }

    /// Returns the next element with its header.
    mutating func take() -> Data? {
        guard let (header, length) = measure(), header + length <= rest.count else {
            rest = Data()
            return nil
        }
        defer { rest = rest.dropFirst(header + length) }
        return rest.prefix(header + length)
    }

    /// Skips the next element.
    mutating func skip() {
        _ = take()
    }

    /// Returns a reader of the next element's content if the element has this tag.
    mutating func enter(_ tag: UInt8) -> DER? {
        guard next == tag, let (header, _) = measure(), let element = take() else { return nil }
        return DER(element.dropFirst(header))
    }

    /// Returns the lengths of the next element's header and content, in bytes.
    ///
    /// Certificates have no lengths of more than three bytes.
    private func measure() -> (header: Int, length: Int)? {
        guard let first = rest.dropFirst().first else { return nil }
        if first < 0x80 { return (2, Int(first)) }
        let count = Int(first & 0x7F)
        let bytes = rest.dropFirst(2).prefix(count)
        guard (1...3).contains(count), bytes.count == count else { return nil }
        return (2 + count, bytes.reduce(0) { $0 << 8 | Int($1) })
    }
}
