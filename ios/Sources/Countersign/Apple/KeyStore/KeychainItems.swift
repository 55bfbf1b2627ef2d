#if canImport(Security) && canImport(LocalAuthentication)
    import CountersignFFI
    import Foundation
    import Security

    /// Data items of one access group in the keychain.
    ///
    /// They can be read after the first unlock. They are not included in backups or transferred to
    /// another device.
    struct KeychainItems: Sendable {
        let accessGroup: String

        /// Returns the content of an item, or nil if it does not exist.
        ///
        /// - Throws: ``KeychainFailure``
        func read(_ service: String, _ account: String) throws(KeychainFailure) -> Data? {
            var query = query(service, account)
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

        /// Adds an item.
        ///
        /// - Throws: ``KeychainFailure``. The status is `errSecDuplicateItem` if the item exists.
        func add(_ service: String, _ account: String, _ content: Data) throws(KeychainFailure) {
            var item = query(service, account)
            item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            item[kSecValueData] = content
            let status = SecItemAdd(item as CFDictionary, nil)
            guard status == errSecSuccess else { throw .status(status) }
        }

        /// Deletes an item. Does nothing if it does not exist.
        ///
        /// - Throws: ``KeychainFailure``
        func delete(_ service: String, _ account: String) throws(KeychainFailure) {
            let status = SecItemDelete(query(service, account) as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw .status(status) }
        }

        private func query(_ service: String, _ account: String) -> [CFString: Any] {
            [
                kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: account,
                kSecAttrAccessGroup: accessGroup, kSecUseDataProtectionKeychain: true,
            ]
        }
    }
#endif
