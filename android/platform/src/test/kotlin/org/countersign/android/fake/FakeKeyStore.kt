package org.countersign.android.fake

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.io.InputStream
import java.io.OutputStream
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.SignatureException
import java.security.SignatureSpi
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.ECGenParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyAgreement
import javax.crypto.KeyAgreementSpi
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** A provider with the services and exceptions of AndroidKeyStore, over keys of the JVM. */
internal class FakeKeyStore : Provider(NAME, "1", "simulates AndroidKeyStore") {
    init {
        service("KeyStore", NAME) { Entries() }
        service("KeyPairGenerator", "EC") { Pairs() }
        service("KeyGenerator", "AES") { Secrets() }
        service("KeyFactory", "EC") { Infos() }
        service("Signature", "SHA256withECDSA") { Signer() }
        service("KeyAgreement", "ECDH") { Agreement() }
    }

    private fun service(type: String, algorithm: String, make: () -> Any) {
        putService(
            object : Service(this, type, algorithm, "fake", null, null) {
                override fun newInstance(constructorParameter: Any?) = make()

                override fun supportsParameter(parameter: Any?) = parameter is FakePrivateKey
            },
        )
    }

    companion object {
        const val NAME = "AndroidKeyStore"
    }
}

private fun entry(key: Key): Entry =
    FakePhone.entries[(key as? FakePrivateKey)?.alias] ?: throw InvalidKeyException("not a key of this phone")

private class Pairs : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(keysize: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun initialize(params: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = params as KeyGenParameterSpec
        check((spec.algorithmParameterSpec as ECGenParameterSpec).name == "secp256r1")
    }

    override fun generateKeyPair(): KeyPair {
        if (spec.isStrongBoxBacked && !FakePhone.hasStrongBox) throw StrongBoxUnavailableException("no secure element")
        if (spec.attestationChallenge != null && !FakePhone.supportsAttestation) {
            throw ProviderException("Failed to generate attestation")
        }
        if (spec.purposes == AGREE && !FakePhone.supportsAgreement) throw ProviderException("Unsupported purpose")
        val generator = KeyPairGenerator.getInstance("EC", "SunEC")
        generator.initialize(ECGenParameterSpec("secp256r1"))
        val pair = generator.generateKeyPair()
        val leaf = "leaf ".encodeToByteArray() + (spec.attestationChallenge ?: ByteArray(0))
        val chain = listOf(leaf, "root".encodeToByteArray()).map { FakeCertificate(it, pair.public) }
        FakePhone.entries[spec.keystoreAlias] = Entry(spec, pair, null, chain)
        return KeyPair(pair.public, FakePrivateKey(spec.keystoreAlias))
    }

    private companion object {
        const val AGREE = 64
    }
}

private class Secrets : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun engineInit(random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineInit(keysize: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = params as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey {
        val secret = SecretKeySpec(ByteArray(spec.keySize / 8).also(SecureRandom()::nextBytes), "AES")
        FakePhone.entries[spec.keystoreAlias] = Entry(spec, null, secret, emptyList())
        return secret
    }
}

private class Infos : KeyFactorySpi() {
    override fun engineGeneratePublic(keySpec: KeySpec?): PublicKey = throw UnsupportedOperationException()

    override fun engineGeneratePrivate(keySpec: KeySpec?): PrivateKey = throw UnsupportedOperationException()

    override fun engineTranslateKey(key: Key?): Key = throw UnsupportedOperationException()

    override fun <T : KeySpec> engineGetKeySpec(key: Key, keySpec: Class<T>): T {
        val spec = entry(key).spec
        val none = emptyArray<String>()
        val info = KeyInfo(
            spec.keystoreAlias, FakePhone.insideSecureHardware, 1, 256, null as Date?, null, null, spec.purposes,
            none, none, none, none, spec.isUserAuthenticationRequired, 0, 0, true, false, false, false,
            spec.isInvalidatedByBiometricEnrollment, false,
            if (spec.isStrongBoxBacked) 2 else FakePhone.securityLevel, -1,
        )
        return keySpec.cast(info)
    }
}

private class Signer : SignatureSpi() {
    private lateinit var entry: Entry
    private lateinit var signature: Signature

    override fun engineInitSign(privateKey: PrivateKey) {
        entry = entry(privateKey)
        if (entry.invalid) throw KeyPermanentlyInvalidatedException("a fingerprint was added")
        signature = Signature.getInstance("SHA256withECDSA", "SunEC")
        signature.initSign(checkNotNull(entry.pair).private)
    }

    override fun engineUpdate(b: Byte) = signature.update(b)

    override fun engineUpdate(b: ByteArray, off: Int, len: Int) = signature.update(b, off, len)

    override fun engineSign(): ByteArray {
        if (entry.spec.isUserAuthenticationRequired && !FakePhone.userVerified) {
            throw SignatureException(UserNotAuthenticatedException("the user was not verified"))
        }
        FakePhone.userVerified = false
        return signature.sign()
    }

    override fun engineInitVerify(publicKey: PublicKey?) = throw UnsupportedOperationException()

    override fun engineVerify(sigBytes: ByteArray?) = throw UnsupportedOperationException()

    @Deprecated("deprecated in Java")
    override fun engineSetParameter(param: String?, value: Any?) = throw UnsupportedOperationException()

    @Deprecated("deprecated in Java")
    override fun engineGetParameter(param: String?): Any = throw UnsupportedOperationException()
}

private class Agreement : KeyAgreementSpi() {
    private lateinit var agreement: KeyAgreement

    override fun engineInit(key: Key, random: SecureRandom?) {
        agreement = KeyAgreement.getInstance("ECDH", "SunEC").apply { init(checkNotNull(entry(key).pair).private) }
    }

    override fun engineInit(key: Key, params: AlgorithmParameterSpec?, random: SecureRandom?) = engineInit(key, random)

    override fun engineDoPhase(key: Key?, lastPhase: Boolean): Key? = agreement.doPhase(key, lastPhase)

    override fun engineGenerateSecret(): ByteArray = agreement.generateSecret()

    override fun engineGenerateSecret(sharedSecret: ByteArray?, offset: Int) = throw UnsupportedOperationException()

    override fun engineGenerateSecret(algorithm: String?) = throw UnsupportedOperationException()
}

private class Entries : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? {
        val entry = FakePhone.entries[alias] ?: return null
        if (entry.invalid && FakePhone.invalidKeysDoNotLoad) {
            throw UnrecoverableKeyException("User changed or deleted their auth credentials")
        }
        return entry.secret ?: FakePrivateKey(alias)
    }

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? =
        FakePhone.entries[alias]?.chain?.toTypedArray()

    override fun engineDeleteEntry(alias: String) {
        FakePhone.entries.remove(alias)
    }

    override fun engineContainsAlias(alias: String) = alias in FakePhone.entries

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(FakePhone.entries.keys)

    override fun engineSize() = FakePhone.entries.size

    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

    override fun engineStore(stream: OutputStream?, password: CharArray?) = throw UnsupportedOperationException()

    override fun engineGetCertificate(alias: String) = FakePhone.entries[alias]?.chain?.firstOrNull()

    override fun engineGetCreationDate(alias: String?): Date = throw UnsupportedOperationException()

    override fun engineSetKeyEntry(alias: String?, key: Key?, password: CharArray?, chain: Array<out Certificate>?) =
        throw UnsupportedOperationException()

    override fun engineSetKeyEntry(alias: String?, key: ByteArray?, chain: Array<out Certificate>?) =
        throw UnsupportedOperationException()

    override fun engineSetCertificateEntry(alias: String?, cert: Certificate?) = throw UnsupportedOperationException()

    override fun engineIsKeyEntry(alias: String) = alias in FakePhone.entries

    override fun engineIsCertificateEntry(alias: String?) = false

    override fun engineGetCertificateAlias(cert: Certificate?): String? = null
}
