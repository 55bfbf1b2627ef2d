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
 * The phone's own prompt: `BiometricPrompt` from API 28 on, below it `FingerprintManager` with a plain dialog. A PIN or a pattern
 * is not offered: below API 30 no key can ask for one on each use.
 *
 * Make it in `Application.onCreate`: below API 28 it has to know which activity is in front.
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
                val activity = front.current ?: throw KeyStoreException.Unavailable("no screen of the app is in front")
                FingerprintDialog(activity).authorise(signature, prompt)
            }
        }
}
