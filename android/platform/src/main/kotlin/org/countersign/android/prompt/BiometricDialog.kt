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

/** `BiometricPrompt` of API 28 and later. Used on the main thread. */
internal class BiometricDialog(private val context: Context) {
    suspend fun authorise(signature: Signature, prompt: Prompt): Signature =
        suspendCancellableCoroutine { waiting ->
            val signal = CancellationSignal()
            waiting.invokeOnCancellation { signal.cancel() }
            val answer = Answer(waiting)
            dialog(prompt, answer)
                .authenticate(BiometricPrompt.CryptoObject(signature), signal, context.mainExecutor, answer)
        }

    private fun dialog(prompt: Prompt, answer: Answer): BiometricPrompt {
        val cancel = context.getString(R.string.countersign_prompt_cancel)
        val builder = BiometricPrompt.Builder(context)
            .setTitle(promptTitle(context, prompt))
            .setSubtitle(prompt.issuerName)
            .setNegativeButton(cancel, context.mainExecutor) { _, _ -> answer.fail(KeyStoreException.Cancelled()) }
        // A face that is merely seen approves nothing: the user confirms.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) builder.setConfirmationRequired(true)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            builder.setAllowedAuthenticators(BiometricManager.Authenticators.BIOMETRIC_STRONG)
        }
        return builder.build()
    }

    private class Answer(private val waiting: CancellableContinuation<Signature>) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            val signature = result.cryptoObject?.signature
            if (signature == null) {
                fail(KeyStoreException.Unavailable("the prompt gave no signature back"))
            } else if (waiting.isActive) {
                waiting.resumeWith(Result.success(signature))
            }
        }

        override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) = fail(promptError(errorCode, errString))

        fun fail(why: KeyStoreException) {
            if (waiting.isActive) waiting.resumeWithException(why)
        }
    }
}
