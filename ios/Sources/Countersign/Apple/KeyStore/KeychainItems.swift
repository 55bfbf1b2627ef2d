#if canImport(Security) && canImport(LocalAuthentication)
    import CountersignFFI
    import Foundation
    import Security

    /// Small secrets and notes in the keychain: readable after the first unlock, never in a backup or on another device, in one
    /// access group.
    struct KeychainItems: Sendable {
        let accessGroup: String

        /// The item of this name, or nothing.
        func read(_ service: String, _ account: String) throws(KeychainFailure) -> Data? {
            var query = naming(service, account)
            query[kSecReturnData] = true
            query[kSecMatchLimit] = kSecMatchLimitOne
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            switch status {
            case errSecSuccess: return found as? Data
            case errSecItemNotFound: return nil
            default: throw .status(status)
            }
        }

        /// Adds an item. One that is there already is `errSecDuplicateItem`.
        func add(_ service: String, _ account: String, _ content: Data) throws(KeychainFailure) {
            var item = naming(service, account)
            item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            item[kSecValueData] = content
            let status = SecItemAdd(item as CFDictionary, nil)
            guard status == errSecSuccess else { throw .status(status) }
        }

        /// Deletes an item. One that is gone is no error.
        func delete(_ service: String, _ account: String) throws(KeychainFailure) {
            let status = SecItemDelete(naming(service, account) as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw .status(status) }
        }

        private func naming(_ service: String, _ account: String) -> [CFString: Any] {
            [
                kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: account,
                kSecAttrAccessGroup: accessGroup, kSecUseDataProtectionKeychain: true,
            ]
        }
    }
#endif
