#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// P-256 keys in the Secure Enclave or, where there is none, in the keychain. They never leave it.
    struct PrivateKeys: Sendable {
        let accessGroup: String

        /// Makes a key and gives its public half as 65 bytes.
        func make(_ name: KeyName) throws(KeychainFailure) -> Data {
            var failure: Unmanaged<CFError>?
            var flags: SecAccessControlCreateFlags = name.place == .enclave ? [.privateKeyUsage] : []
            if name.role == .userVerification { flags.insert(.biometryCurrentSet) }
            guard
                let access = SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, flags, &failure)
            else { throw KeychainFailure(failure) }
            let kept: [CFString: Any] = [
                kSecAttrIsPermanent: true, kSecAttrApplicationTag: name.tag, kSecAttrAccessControl: access,
                kSecAttrAccessGroup: accessGroup,
            ]
            var wanted: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256, kSecPrivateKeyAttrs: kept,
                kSecUseDataProtectionKeychain: true,
            ]
            if name.place == .enclave { wanted[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave }
            guard let key = SecKeyCreateRandomKey(wanted as CFDictionary, &failure) else { throw KeychainFailure(failure) }
            guard let publicKey = SecKeyCopyPublicKey(key),
                let point = SecKeyCopyExternalRepresentation(publicKey, &failure)
            else {
                try delete(name)
                throw KeychainFailure(failure)
            }
            return point as Data
        }

        /// ES256 in DER. A key that asks for the user shows the context's prompt and blocks this thread until it ends.
        func sign(_ name: KeyName, _ input: Data, _ context: LAContext?) throws(KeychainFailure) -> Data {
            var failure: Unmanaged<CFError>?
            let key = try find(name, context)
            guard let signature = SecKeyCreateSignature(key, .ecdsaSignatureMessageX962SHA256, input as CFData, &failure)
            else { throw KeychainFailure(failure) }
            return signature as Data
        }

        /// The x coordinate of ECDH with this public key of 65 bytes.
        func agree(_ name: KeyName, _ peer: Data) throws(KeychainFailure) -> Data {
            var failure: Unmanaged<CFError>?
            let key = try find(name, nil)
            let attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeyClass: kSecAttrKeyClassPublic,
            ]
            guard let point = SecKeyCreateWithData(peer as CFData, attributes as CFDictionary, &failure),
                let secret = SecKeyCopyKeyExchangeResult(
                    key, .ecdhKeyExchangeStandard, point, [CFString: Any]() as CFDictionary, &failure)
            else { throw KeychainFailure(failure) }
            return secret as Data
        }

        /// Deletes a key. One that is gone is no error.
        func delete(_ name: KeyName) throws(KeychainFailure) {
            let status = SecItemDelete(naming(name) as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw .status(status) }
        }

        private func find(_ name: KeyName, _ context: LAContext?) throws(KeychainFailure) -> SecKey {
            var query = naming(name)
            query[kSecReturnRef] = true
            query[kSecMatchLimit] = kSecMatchLimitOne
            if let context { query[kSecUseAuthenticationContext] = context }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            guard status == errSecSuccess else { throw .status(status) }
            guard let found, CFGetTypeID(found) == SecKeyGetTypeID() else { throw .status(errSecItemNotFound) }
            // A type of CoreFoundation: the number above is the check, the cast cannot fail.
            return found as! SecKey
        }

        private func naming(_ name: KeyName) -> [CFString: Any] {
            [
                kSecClass: kSecClassKey, kSecAttrKeyClass: kSecAttrKeyClassPrivate, kSecAttrApplicationTag: name.tag,
                kSecAttrAccessGroup: accessGroup, kSecUseDataProtectionKeychain: true,
            ]
        }
    }
#endif
