package org.countersign.android.prompt

import android.app.Application
import android.content.Context
import android.os.Build
import java.security.Signature
import kotlinx.coroutines.withContext
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.android.MainThread

/**
 * The phone's own prompt: `BiometricPrompt` from API 28 on, and `FingerprintManager` with a dialog
 * on API 26 and 27. It does not offer a PIN or a pattern, because below API 30 a key cannot require
 * one for each use.
 *
 * Create it in `Application.onCreate`. Below API 28 it must know which activity is in the
 * foreground.
 */
public class SystemPrompt(context: Context) : UserPrompt {
    private val application = context.applicationContext
    private val front = FrontActivity()

    init {
        (application as? Application)?.registerActivityLifecycleCallbacks(front)
    }

    override suspend fun authorise(signature: Signature, prompt: Prompt): Signature =
        withContext(MainThread) {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
                BiometricDialog(front.current ?: application).authorise(signature, prompt)
            } else {
                val activity = front.current
                    ?: throw KeyStoreException.Unavailable("the app is not in the foreground; open it and try again")
                FingerprintDialog(activity).authorise(signature, prompt)
            }
        }
}
