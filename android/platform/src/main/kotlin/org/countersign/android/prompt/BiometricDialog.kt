package org.countersign.android.prompt

import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import java.security.Signature
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.suspendCancellableCoroutine
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.android.R
import org.countersign.android.isolated

/** The prompt for API 28 and later, `BiometricPrompt`. Use it on the main thread. */
internal class BiometricDialog(private val context: Context) {
    suspend fun authorise(signature: Signature, prompt: Prompt): Signature =
        suspendCancellableCoroutine { continuation ->
            val signal = CancellationSignal()
            continuation.invokeOnCancellation { signal.cancel() }
            val callback = Callback(continuation)
            dialog(prompt, callback)
                .authenticate(BiometricPrompt.CryptoObject(signature), signal, context.mainExecutor, callback)
        }

    private fun dialog(prompt: Prompt, callback: Callback): BiometricPrompt {
        val cancel = context.getString(R.string.countersign_prompt_cancel)
        val builder = BiometricPrompt.Builder(context)
            .setTitle(promptTitle(context, prompt))
            .setSubtitle(isolated(prompt.issuerAddress))
            .setNegativeButton(cancel, context.mainExecutor) { _, _ -> callback.fail(KeyStoreException.Cancelled()) }
        // After face recognition the user must confirm explicitly.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) builder.setConfirmationRequired(true)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            builder.setAllowedAuthenticators(BiometricManager.Authenticators.BIOMETRIC_STRONG)
        }
        return builder.build()
    }

    private class Callback(
        private val continuation: CancellableContinuation<Signature>,
    ) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            val signature = result.cryptoObject?.signature
            if (signature == null) {
                fail(KeyStoreException.Unavailable("the prompt returned no signature"))
            } else if (continuation.isActive) {
                continuation.resumeWith(Result.success(signature))
            }
        }

        override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) =
            fail(promptError(errorCode, errString))

        fun fail(error: KeyStoreException) {
            if (continuation.isActive) continuation.resumeWithException(error)
        }
    }
}
