@file:Suppress("DEPRECATION")

package org.countersign.android.prompt

import android.app.Activity
import android.app.AlertDialog
import android.hardware.fingerprint.FingerprintManager
import android.os.CancellationSignal
import android.os.Handler
import android.os.Looper
import java.security.Signature
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.suspendCancellableCoroutine
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.android.R
import org.countersign.android.isolated

/**
 * The prompt for API 26 and 27, where Android has a sensor API but no dialog. Use it on the main
 * thread.
 */
internal class FingerprintDialog(private val activity: Activity) {
    suspend fun authorise(signature: Signature, prompt: Prompt): Signature {
        val sensor = activity.getSystemService(FingerprintManager::class.java)
            ?: throw KeyStoreException.Unavailable("this phone has no fingerprint sensor")
        return suspendCancellableCoroutine { continuation ->
            val signal = CancellationSignal()
            val dialog = AlertDialog.Builder(activity)
                .setTitle(promptTitle(activity, prompt))
                .setMessage(isolated(prompt.issuerAddress) + "\n" + activity.getString(R.string.countersign_prompt_sensor))
                .setNegativeButton(R.string.countersign_prompt_cancel) { dialog, _ -> dialog.cancel() }
                .create()
            dialog.setCanceledOnTouchOutside(false)
            val callback = Callback(continuation, dialog)
            dialog.setOnCancelListener {
                callback.fail(KeyStoreException.Cancelled())
                signal.cancel()
            }
            val handler = Handler(Looper.getMainLooper())
            continuation.invokeOnCancellation {
                signal.cancel()
                handler.post(dialog::dismiss)
            }
            dialog.show()
            sensor.authenticate(FingerprintManager.CryptoObject(signature), signal, 0, callback, handler)
        }
    }

    private class Callback(
        private val continuation: CancellableContinuation<Signature>,
        private val dialog: AlertDialog,
    ) : FingerprintManager.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: FingerprintManager.AuthenticationResult) {
            dialog.dismiss()
            val signature = result.cryptoObject?.signature
            if (signature == null) {
                fail(KeyStoreException.Unavailable("the sensor returned no signature"))
            } else if (continuation.isActive) {
                continuation.resumeWith(Result.success(signature))
            }
        }

        override fun onAuthenticationFailed() {
            dialog.setMessage(dialog.context.getString(R.string.countersign_prompt_not_recognised))
        }

        override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) {
            dialog.dismiss()
            fail(promptError(errorCode, errString))
        }

        fun fail(error: KeyStoreException) {
            if (continuation.isActive) continuation.resumeWithException(error)
        }
    }
}
