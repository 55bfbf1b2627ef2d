import Foundation
import FakePhone

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    guard FakePhone.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    let item = plain(attributes)
    let naming = [kSecClass, kSecAttrService, kSecAttrAccount, kSecAttrApplicationTag, kSecAttrAccessGroup].map(\.text)
    let name = item.filter { naming.contains($0.key) }
    guard !FakePhone.shared.items.contains(where: { matches($0, name) }) else { return errSecDuplicateItem }
    FakePhone.shared.items.append(item)
    return errSecSuccess
}

public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    guard FakePhone.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    guard let item = FakePhone.shared.items.first(where: { matches($0, plain(query)) }) else {
        return errSecItemNotFound
    }
    if query[kSecReturnData] as? Bool == true, let data = item[kSecValueData.text] as? Data {
        result?.pointee = NSData(data: data)
    }
    if query[kSecReturnRef] as? Bool == true, let key = item["key"] as? SecKey {
        key.context = query[kSecUseAuthenticationContext] as? AnyObject
        result?.pointee = key
    }
    return errSecSuccess
}

public func SecItemDelete(_ query: CFDictionary) -> OSStatus {
    guard FakePhone.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    let before = FakePhone.shared.items.count
    FakePhone.shared.items.removeAll { matches($0, plain(query)) }
    return FakePhone.shared.items.count < before ? errSecSuccess : errSecItemNotFound
}

/// Returns the attributes with their names as text.
func plain(_ attributes: CFDictionary) -> [String: Any] {
    Dictionary(uniqueKeysWithValues: attributes.map { ($0.key.text, $0.value) })
}

/// Returns true if an item has every attribute of a query that identifies or describes it.
private func matches(_ item: [String: Any], _ query: [String: Any]) -> Bool {
    let returnOptions = ["r_", "m_", "u_"]
    let wanted = query.filter { part in
        !returnOptions.contains { part.key.hasPrefix($0) } && part.key != kSecAttrAccessible.text
    }
    return wanted.allSatisfy { name, value in
        switch (value, item[name]) {
        case let (left as CFString, right as CFString): left == right
        case let (left as String, right as String): left == right
        case let (left as Data, right as Data): left == right
        case let (left as Bool, right as Bool): left == right
        case let (left as Int, right as Int): left == right
        default: false
        }
    }
}
