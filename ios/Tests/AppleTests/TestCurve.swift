import CountersignTestKeys
import Foundation
import FakePhone

/// P-256 of the test library, with signatures in DER as the Security framework returns them.
final class TestCurve: FakeCurve {
    private let keys = SoftwareKeys()

    func create() throws -> (name: String, publicKey: Data) {
        let key = try keys.create()
        return (key.handle, key.publicKey)
    }

    func sign(_ name: String, _ input: Data) throws -> Data {
        let raw = try keys.sign(handle: name, input: input)
        let content = Self.integer(raw.prefix(32)) + Self.integer(raw.suffix(32))
        return Data([0x30, UInt8(content.count)]) + content
    }

    func agree(_ name: String, _ peer: Data) throws -> Data {
        try keys.agree(handle: name, peer: peer)
    }

    private static func integer(_ bytes: Data) -> Data {
        var number = Data(bytes.drop { $0 == 0 })
        if number.first.map({ $0 >= 0x80 }) ?? true { number.insert(0, at: 0) }
        return Data([0x02, UInt8(number.count)]) + number
    }
}
