#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// Operations with P-256 keys in the Secure Enclave or in the keychain.
    struct PrivateKeys: Sendable {
        let accessGroup: String

        /// Creates a key and returns its public key as 65 bytes (SEC 1, uncompressed).
        ///
        /// - Throws: ``KeychainFailure``
        func make(_ name: KeyName) throws(KeychainFailure) -> Data {
            var failure: Unmanaged<CFError>?
            var flags: SecAccessControlCreateFlags = name.place == .enclave ? [.privateKeyUsage] : []
            if name.role == .userVerification { flags.insert(.biometryCurrentSet) }
            guard
                let access = SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, flags, &failure)
            else { throw KeychainFailure(failure) }
            let attributes: [CFString: Any] = [
                kSecAttrIsPermanent: true, kSecAttrApplicationTag: name.tag, kSecAttrAccessControl: access,
                kSecAttrAccessGroup: accessGroup,
            ]
            var parameters: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256,
                kSecPrivateKeyAttrs: attributes,
                kSecUseDataProtectionKeychain: true,
            ]
            if name.place == .enclave { parameters[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave }
            guard let key = SecKeyCreateRandomKey(parameters as CFDictionary, &failure) else {
                throw KeychainFailure(failure)
            }
            guard let publicKey = SecKeyCopyPublicKey(key),
                let point = SecKeyCopyExternalRepresentation(publicKey, &failure)
            else {
                try delete(name)
                throw KeychainFailure(failure)
            }
            return point as Data
        }

        /// Signs data with ES256 and returns the signature in DER.
        ///
        /// A user-verification key shows the prompt of the context and blocks the thread until the
        /// prompt is closed.
        ///
        /// - Throws: ``KeychainFailure``
        func sign(_ name: KeyName, _ input: Data, _ context: LAContext?) throws(KeychainFailure) -> Data {
            var failure: Unmanaged<CFError>?
            let key = try find(name, context)
            guard
                let signature = SecKeyCreateSignature(
                    key, .ecdsaSignatureMessageX962SHA256, input as CFData, &failure)
            else { throw KeychainFailure(failure) }
            return signature as Data
        }

        /// Returns the x coordinate of ECDH with a public key of 65 bytes.
        ///
        /// - Throws: ``KeychainFailure``
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

        /// Deletes a key. Does nothing if the key does not exist.
        ///
        /// - Throws: ``KeychainFailure``
        func delete(_ name: KeyName) throws(KeychainFailure) {
            let status = SecItemDelete(query(for: name) as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw .status(status) }
        }

        private func find(_ name: KeyName, _ context: LAContext?) throws(KeychainFailure) -> SecKey {
            var query = query(for: name)
            query[kSecReturnRef] = true
            query[kSecMatchLimit] = kSecMatchLimitOne
            if let context { query[kSecUseAuthenticationContext] = context }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            guard status == errSecSuccess else { throw .status(status) }
            guard let found, CFGetTypeID(found) == SecKeyGetTypeID() else { throw .status(errSecItemNotFound) }
            // The type ID was checked above, so the cast cannot fail.
            return found as! SecKey
        }

        private func query(for name: KeyName) -> [CFString: Any] {
            [
                kSecClass: kSecClassKey, kSecAttrKeyClass: kSecAttrKeyClassPrivate, kSecAttrApplicationTag: name.tag,
                kSecAttrAccessGroup: accessGroup, kSecUseDataProtectionKeychain: true,
            ]
        }
    }
#endif
