package org.countersign.android.prompt

import java.security.Signature
import org.countersign.KeyStoreException
import org.countersign.Prompt

/** Verifies the user for one signature. */
public interface UserPrompt {
    /**
     * Asks for a fingerprint or a face and gives back the signature that the phone then allows to be made, through a
     * `CryptoObject`. When the coroutine is cancelled the prompt closes.
     *
     * @throws KeyStoreException `Cancelled` if the user closed the prompt, `NotVerified` if the user was not recognised
     */
    @Throws(KeyStoreException::class, kotlin.coroutines.cancellation.CancellationException::class)
    public suspend fun authorise(signature: Signature, prompt: Prompt): Signature
}
