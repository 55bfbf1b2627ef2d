package org.countersign.android.keys

import android.content.Context
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import java.io.File
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.PKCS8EncodedKeySpec
import java.util.Base64
import javax.crypto.KeyAgreement
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.countersign.CreatedKey
import org.countersign.KeyRole
import org.countersign.KeySpec
import org.countersign.KeyStore
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.Protection
import org.countersign.Verification
import org.countersign.android.prompt.SystemPrompt
import org.countersign.android.prompt.UserPrompt
import org.countersign.android.storage.countersignFolder
import org.countersign.publicKeyFromSpki
import org.countersign.rawSignature

/** The use of a dedicated secure element (StrongBox) for keys. */
public enum class StrongBoxPolicy {
    /**
     * Creates keys in the trusted execution environment, which every phone has and which is fast.
     */
    NEVER,

    /**
     * Creates keys in a secure element if the phone has a working one, and otherwise in the trusted
     * execution environment. Secure elements are slow and fail while they are busy. Measure how
     * many enrolments fail before you use this.
     */
    PREFER,
}

/**
 * The key store of this phone, in AndroidKeyStore.
 *
 * - The device key and the encryption key work without a prompt after the first unlock of the
 *   phone.
 * - The user-verification key needs a fingerprint or a face for each signature. Adding a
 *   fingerprint or a face invalidates it.
 * - From API 31 on AndroidKeyStore supports key agreement. Below, and on hardware without key
 *   agreement, the encryption key is a software key in a file that a key of AndroidKeyStore seals.
 *   Its protection is reported as `SOFTWARE`.
 */
public class HardwareKeyStore internal constructor(
    folder: File,
    private val prompts: UserPrompt,
    private val strongBox: StrongBoxPolicy,
    private val api: Int,
    unlocked: () -> Boolean,
) : KeyStore {
    private val vault = KeyVault()
    private val specs = KeySpecs(api)
    private val failures = KeyFailures(unlocked)
    private val secrets = WrappedSecrets(folder, vault, specs, failures)

    /**
     * Uses the keys of this app.
     *
     * @param context any context of the app
     * @param strongBox the use of a secure element; never by default
     * @param prompts asks for a fingerprint or a face; the phone's own prompt by default
     */
    @JvmOverloads
    public constructor(
        context: Context,
        strongBox: StrongBoxPolicy = StrongBoxPolicy.NEVER,
        prompts: UserPrompt = SystemPrompt(context),
    ) : this(File(countersignFolder(context), "keys"), prompts, strongBox, Build.VERSION.SDK_INT, unlocked(context))

    override suspend fun create(spec: KeySpec): CreatedKey =
        withContext(Dispatchers.IO) {
            failures.typed(null) {
                when (spec.role) {
                    KeyRole.DEVICE -> inHardware(KeyKind.DEVICE, spec.challenge, specs::device)
                    KeyRole.USER_VERIFICATION -> inHardware(KeyKind.VERIFICATION, spec.challenge, specs::verification)
                    KeyRole.ENCRYPTION -> encryption(spec.challenge)
                }
            }
        }

    override suspend fun sign(handle: String, input: ByteArray): ByteArray =
        signed(handle, input) { name, signature ->
            if (name.kind == KeyKind.VERIFICATION) throw KeyStoreException.NotVerified()
            signature
        }

    override suspend fun signWithUserVerification(handle: String, input: ByteArray, prompt: Prompt): ByteArray =
        signed(handle, input) { name, signature ->
            if (name.kind != KeyKind.VERIFICATION) {
                throw KeyStoreException.Unavailable("this key does not verify the user")
            }
            prompts.authorise(signature, prompt)
        }

    private suspend fun signed(
        handle: String,
        input: ByteArray,
        unlock: suspend (KeyName, Signature) -> Signature,
    ): ByteArray {
        val name = KeyName.parse(handle) ?: throw failures.missing()
        return failures.typed(name.kind) {
            val signature = unlock(name, withContext(Dispatchers.IO) { newSignature(name) })
            withContext(Dispatchers.IO) { rawSignature(signature.apply { update(input) }.sign()) }
        }
    }

    override suspend fun delete(handle: String) {
        val name = KeyName.parse(handle) ?: return
        withContext(Dispatchers.IO) {
            failures.typed(name.kind) {
                if (name.kind == KeyKind.WRAPPED_ENCRYPTION) secrets.delete(name.text) else vault.delete(name.alias)
            }
        }
    }

    override fun agree(handle: String, peer: ByteArray): ByteArray {
        val name = KeyName.parse(handle) ?: throw failures.missing()
        return failures.typed(name.kind) {
            val public = P256Points.publicKey(peer)
            when (name.kind) {
                KeyKind.ENCRYPTION -> vault.agree(vault.privateKey(name.alias) ?: throw failures.missing(), public)
                KeyKind.WRAPPED_ENCRYPTION -> agreeInSoftware(name, public)
                else -> throw KeyStoreException.Unavailable("this key is for signatures, not for key agreement")
            }
        }
    }

    @Synchronized
    override fun sealingKey(stateExists: Boolean): ByteArray =
        failures.typed(null) {
            try {
                secrets.read(SEALING) ?: throw failures.missing()
            } catch (missing: KeyStoreException.Missing) {
                // A new key for an existing state would make the state unreadable permanently.
                if (stateExists) throw missing
                ByteArray(SEALING_BYTES).also(SecureRandom()::nextBytes).also { secrets.write(SEALING, it) }
            }
        }

    private fun newSignature(name: KeyName): Signature {
        if (name.kind != KeyKind.DEVICE && name.kind != KeyKind.VERIFICATION) {
            throw KeyStoreException.Unavailable("this key is for key agreement, not for signatures")
        }
        val key = vault.privateKey(name.alias) ?: throw failures.missing()
        return Signature.getInstance(SIGNATURE).apply { initSign(key) }
    }

    private fun encryption(challenge: ByteArray): CreatedKey {
        if (specs.supportsAgreement) {
            try {
                return inHardware(KeyKind.ENCRYPTION, challenge, specs::encryption)
            } catch (_: ProviderException) {
                // The phone was updated to API 31, but its hardware does not support key agreement.
            }
        }
        return inSoftware()
    }

    /**
     * Tries a secure element if the policy requires it, then the trusted execution environment,
     * then the latter without attestation.
     */
    private fun inHardware(
        kind: KeyKind,
        challenge: ByteArray,
        spec: (String, Attempt) -> KeyGenParameterSpec,
    ): CreatedKey {
        val attempts = listOf(Attempt(true, challenge), Attempt(false, challenge), Attempt(false, null))
            .filter { !it.strongBox || (strongBox == StrongBoxPolicy.PREFER && specs.supportsStrongBox) }
        var lastFailure: ProviderException? = null
        for (attempt in attempts) {
            val name = KeyName.fresh(kind)
            try {
                return describe(name, attempt, vault.generatePair(spec(name.alias, attempt)))
            } catch (failure: ProviderException) {
                vault.delete(name.alias)
                lastFailure = failure
            }
        }
        throw lastFailure ?: ProviderException("no key could be created")
    }

    private fun describe(name: KeyName, attempt: Attempt, public: PublicKey): CreatedKey {
        val key = vault.privateKey(name.alias) ?: throw failures.missing()
        val chain = if (attempt.challenge == null) emptyList() else vault.chain(name.alias)
        return CreatedKey(
            handle = name.text,
            publicKey = publicKeyFromSpki(public.encoded),
            protection = protectionOf(vault.info(key), attempt.strongBox, api),
            verification = if (name.kind == KeyKind.VERIFICATION) Verification.BIOMETRIC else Verification.NONE,
            evidence = chain.map { Base64.getEncoder().encodeToString(it.encoded) },
        )
    }

    private fun inSoftware(): CreatedKey {
        val name = KeyName.fresh(KeyKind.WRAPPED_ENCRYPTION)
        val generator = KeyPairGenerator.getInstance(KeyVault.ELLIPTIC)
        val pair = generator.apply { initialize(ECGenParameterSpec(KeySpecs.CURVE)) }.generateKeyPair()
        val private = pair.private.encoded
        try {
            secrets.write(name.text, private)
        } finally {
            private.fill(0)
        }
        val public = publicKeyFromSpki(pair.public.encoded)
        return CreatedKey(name.text, public, Protection.SOFTWARE, Verification.NONE, emptyList())
    }

    private fun agreeInSoftware(name: KeyName, peer: PublicKey): ByteArray {
        val private = secrets.read(name.text) ?: throw failures.missing()
        try {
            val key = KeyFactory.getInstance(KeyVault.ELLIPTIC).generatePrivate(PKCS8EncodedKeySpec(private))
            return KeyAgreement.getInstance("ECDH").apply { init(key) }.apply { doPhase(peer, true) }.generateSecret()
        } finally {
            private.fill(0)
        }
    }

    private companion object {
        const val SIGNATURE = "SHA256withECDSA"
        const val SEALING = "sealing"
        const val SEALING_BYTES = 32

        fun unlocked(context: Context): () -> Boolean {
            val users = context.applicationContext.getSystemService(UserManager::class.java)
            return { users?.isUserUnlocked != false }
        }
    }
}
