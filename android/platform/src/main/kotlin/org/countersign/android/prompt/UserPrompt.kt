package org.countersign.android.prompt

import java.security.Signature
import org.countersign.KeyStoreException
import org.countersign.Prompt

/** Verifies the user for one signature. */
public interface UserPrompt {
    /**
     * Asks the user for a fingerprint or a face and returns the signature that Android unlocked
     * through a `CryptoObject`. The prompt closes when the coroutine is cancelled.
     *
     * @param signature the signature to unlock, initialised for signing
     * @param prompt the purpose and the bank's name, for the text of the prompt
     * @return the unlocked signature
     * @throws KeyStoreException `Cancelled` if the user closed the prompt, `NotVerified` if the
     *   user could not be verified, `Unavailable` if the prompt could not be shown
     */
    @Throws(KeyStoreException::class, kotlin.coroutines.cancellation.CancellationException::class)
    public suspend fun authorise(signature: Signature, prompt: Prompt): Signature
}
