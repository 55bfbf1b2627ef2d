package org.countersign.android.keys

import java.io.File
import java.security.GeneralSecurityException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.countersign.android.storage.DurableFile

/**
 * Secrets that must lie in files, each sealed with AES-GCM by a key that never leaves AndroidKeyStore. The name of a secret is
 * authenticated with it, so no file can stand in another's place.
 */
internal class WrappedSecrets(
    private val folder: File,
    private val vault: KeyVault,
    private val specs: KeySpecs,
    private val failures: KeyFailures,
) {
    /** Keeps a secret under a name. */
    fun write(name: String, secret: ByteArray) {
        val key = vault.secretKey(ALIAS) ?: vault.generateSecret(specs.wrapping(ALIAS))
        // AndroidKeyStore chooses the nonce itself: a caller may not.
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, key) }
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.doFinal(secret)
        DurableFile(file(name)).replace(byteArrayOf(FORM) + cipher.iv + sealed)
    }

    /** The secret of this name; nothing where there is no file of it. */
    fun read(name: String): ByteArray? {
        val bytes = DurableFile(file(name)).read() ?: return null
        if (bytes.size <= 1 + NONCE || bytes[0] != FORM) throw failures.missing()
        return open(name, bytes, vault.secretKey(ALIAS) ?: throw failures.missing())
    }

    /** Forgets a secret. */
    fun delete(name: String) = DurableFile(file(name)).delete()

    @Throws(GeneralSecurityException::class)
    private fun open(name: String, bytes: ByteArray, key: SecretKey): ByteArray {
        val cipher = Cipher.getInstance(CIPHER)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, bytes, 1, NONCE))
        cipher.updateAAD(name.toByteArray())
        return try {
            cipher.doFinal(bytes, 1 + NONCE, bytes.size - 1 - NONCE)
        } catch (_: AEADBadTagException) {
            // Another phone's file, or a damaged one: the secret is lost.
            throw failures.missing()
        }
    }

    private fun file(name: String) = File(folder, "$name.key")

    private companion object {
        const val ALIAS = KeyName.ALIAS_PREFIX + "wrap"
        const val CIPHER = "AES/GCM/NoPadding"
        const val FORM: Byte = 1
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}
