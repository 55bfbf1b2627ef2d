package org.countersign.android.keys

import java.io.File
import java.security.GeneralSecurityException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.countersign.android.storage.DurableFile

/**
 * Stores secrets in files. Each is sealed with AES-GCM by a key that never leaves AndroidKeyStore.
 * The secret's name is authenticated data, so one file cannot replace another.
 */
internal class WrappedSecrets(
    private val folder: File,
    private val vault: KeyVault,
    private val specs: KeySpecs,
    private val failures: KeyFailures,
) {
    /** Seals a secret and stores it under a name. */
    fun write(name: String, secret: ByteArray) {
        val key = vault.secretKey(ALIAS) ?: vault.generateSecret(specs.wrapping(ALIAS))
        // AndroidKeyStore generates the nonce. A caller may not choose it.
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, key) }
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.doFinal(secret)
        DurableFile(file(name)).replace(byteArrayOf(FORM) + cipher.iv + sealed)
    }

    /** Returns the secret of this name, or null if it has no file. */
    fun read(name: String): ByteArray? {
        val bytes = DurableFile(file(name)).read() ?: return null
        if (bytes.size <= 1 + NONCE || bytes[0] != FORM) throw failures.missing()
        return open(name, bytes, vault.secretKey(ALIAS) ?: throw failures.missing())
    }

    /** Deletes a secret. A missing one is not an error. */
    fun delete(name: String) = DurableFile(file(name)).delete()

    @Throws(GeneralSecurityException::class)
    private fun open(name: String, bytes: ByteArray, key: SecretKey): ByteArray {
        val cipher = Cipher.getInstance(CIPHER)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, bytes, 1, NONCE))
        cipher.updateAAD(name.toByteArray())
        return try {
            cipher.doFinal(bytes, 1 + NONCE, bytes.size - 1 - NONCE)
        } catch (_: AEADBadTagException) {
            // The file is from another phone or damaged. The secret is lost.
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
