import Foundation
import PhoneDouble

/// Adds an item.
public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    guard PhoneDouble.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    let item = plain(attributes)
    let naming = [kSecClass, kSecAttrService, kSecAttrAccount, kSecAttrApplicationTag, kSecAttrAccessGroup].map(\.text)
    let name = item.filter { naming.contains($0.key) }
    guard !PhoneDouble.shared.items.contains(where: { matches($0, name) }) else { return errSecDuplicateItem }
    PhoneDouble.shared.items.append(item)
    return errSecSuccess
}

/// Finds an item.
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    guard PhoneDouble.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    guard let item = PhoneDouble.shared.items.first(where: { matches($0, plain(query)) }) else { return errSecItemNotFound }
    if query[kSecReturnData] as? Bool == true, let data = item[kSecValueData.text] as? Data {
        result?.pointee = NSData(data: data)
    }
    if query[kSecReturnRef] as? Bool == true, let key = item["key"] as? SecKey {
        key.context = query[kSecUseAuthenticationContext] as? AnyObject
        result?.pointee = key
    }
    return errSecSuccess
}

/// Deletes items.
public func SecItemDelete(_ query: CFDictionary) -> OSStatus {
    guard PhoneDouble.shared.unlockedSinceStart else { return errSecInteractionNotAllowed }
    let before = PhoneDouble.shared.items.count
    PhoneDouble.shared.items.removeAll { matches($0, plain(query)) }
    return PhoneDouble.shared.items.count < before ? errSecSuccess : errSecItemNotFound
}

func plain(_ attributes: CFDictionary) -> [String: Any] {
    Dictionary(uniqueKeysWithValues: attributes.map { ($0.key.text, $0.value) })
}

/// Whether the item has every attribute of the query that names or describes one.
private func matches(_ item: [String: Any], _ query: [String: Any]) -> Bool {
    let asks = ["r_", "m_", "u_"]
    let wanted = query.filter { part in !asks.contains { part.key.hasPrefix($0) } && part.key != kSecAttrAccessible.text }
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
