package org.countersign.android.keys

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.UnrecoverableKeyException
import kotlin.coroutines.cancellation.CancellationException
import org.countersign.KeyStoreException

/**
 * Turns what AndroidKeyStore throws into what the library knows. [unlocked] tells whether the user has unlocked the phone since it
 * started.
 */
internal class KeyFailures(private val unlocked: () -> Boolean) {
    /** Runs [block] on a key of this [kind]; every failure is a [KeyStoreException]. */
    inline fun <T> typed(kind: KeyKind?, block: () -> T): T =
        try {
            block()
        } catch (failure: Exception) {
            throw translate(kind, failure)
        }

    /** What to throw where AndroidKeyStore has no such key: before the first unlock no key can be seen. */
    fun missing(): KeyStoreException = if (unlocked()) KeyStoreException.Missing() else KeyStoreException.Locked()

    /** The one exception that stands for this failure. */
    fun translate(kind: KeyKind?, failure: Exception): Exception {
        if (failure is KeyStoreException || failure is CancellationException) return failure
        val causes = generateSequence<Throwable>(failure) { it.cause }.take(MAX_CAUSES).toList()
        return when {
            causes.any { it is KeyPermanentlyInvalidatedException } -> KeyStoreException.Invalidated()
            !unlocked() -> KeyStoreException.Locked()
            causes.any { it is UserNotAuthenticatedException } -> KeyStoreException.NotVerified()
            // From API 31 on an invalidated key does not even load, and the exception has lost its cause.
            failure is UnrecoverableKeyException && kind == KeyKind.VERIFICATION -> KeyStoreException.Invalidated()
            else -> KeyStoreException.Unavailable(causes.joinToString(": ") { "${it.javaClass.simpleName} ${it.message.orEmpty()}".trim() })
        }
    }

    private companion object {
        const val MAX_CAUSES = 4
    }
}
