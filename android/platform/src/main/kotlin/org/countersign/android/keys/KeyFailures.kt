package org.countersign.android.keys

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.UnrecoverableKeyException
import kotlin.coroutines.cancellation.CancellationException
import org.countersign.KeyStoreException

/**
 * Maps the exceptions of AndroidKeyStore to [KeyStoreException]. [unlocked] returns true if the
 * user has unlocked the phone since the last restart.
 */
internal class KeyFailures(private val unlocked: () -> Boolean) {
    /**
     * Runs [block] for a key of this [kind] and rethrows every failure as a [KeyStoreException].
     */
    inline fun <T> typed(kind: KeyKind?, block: () -> T): T =
        try {
            block()
        } catch (failure: Exception) {
            throw translate(kind, failure)
        }

    /**
     * Returns the exception for a key that AndroidKeyStore does not have. Before the first unlock
     * no key is visible.
     */
    fun missing(): KeyStoreException = if (unlocked()) KeyStoreException.Missing() else KeyStoreException.Locked()

    /** Returns the exception to throw for this failure. */
    fun translate(kind: KeyKind?, failure: Exception): Exception {
        if (failure is KeyStoreException || failure is CancellationException) return failure
        val causes = generateSequence<Throwable>(failure) { it.cause }.take(MAX_CAUSES).toList()
        return when {
            causes.any { it is KeyPermanentlyInvalidatedException } -> KeyStoreException.Invalidated()
            !unlocked() -> KeyStoreException.Locked()
            causes.any { it is UserNotAuthenticatedException } -> KeyStoreException.NotVerified()
            // From API 31 on an invalidated key cannot be loaded, and the exception has no cause.
            failure is UnrecoverableKeyException && kind == KeyKind.VERIFICATION -> KeyStoreException.Invalidated()
            else -> KeyStoreException.Unavailable(
                causes.joinToString(": ") { "${it.javaClass.simpleName} ${it.message.orEmpty()}".trim() },
            )
        }
    }

    private companion object {
        const val MAX_CAUSES = 4
    }
}
