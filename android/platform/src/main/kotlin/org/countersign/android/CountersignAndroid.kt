package org.countersign.android

import android.content.Context
import android.os.Build
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.Config
import org.countersign.Diagnostics
import org.countersign.HttpUrlConnectionTransport
import org.countersign.Issuers
import org.countersign.KeyStore
import org.countersign.Transport
import org.countersign.android.keys.HardwareKeyStore
import org.countersign.android.storage.BootClock
import org.countersign.android.storage.NoBackupStateStore

/** Opens the authentication device with this phone's keys, storage, clock and HTTP. */
public object CountersignAndroid {
    /**
     * Opens the authentication device. Call this once per process, in `Application.onCreate` or off
     * the main thread, because it loads the native library. An app with several processes uses the
     * device in one of them only. After another instance has changed the stored state, each change
     * fails with the code `state_changed_elsewhere`, and nothing is signed or sent.
     *
     * Before the user has unlocked the phone for the first time after a restart, this fails with
     * the code `device_locked` or `state_store`. Try again after `ACTION_USER_UNLOCKED`.
     *
     * @param context any context of the app
     * @param issuers the issuers that the app works with, each with the authorization detail types
     *   that it declares
     * @param keys the key store; AndroidKeyStore by default
     * @param transport the HTTP client; the platform's own by default
     * @param diagnostics receives the reason for each rejected message; records nothing by default
     * @param allowLoopback true to accept `http` issuers on loopback addresses, for development
     *   only
     * @param appVersion the version of the app, 1 to 4 numbers with dots; the numbers at the start
     *   of `versionName` by default
     * @return the open device
     * @throws AuthenticatorException if the state cannot be read; the stored state is not changed
     */
    @JvmStatic
    @JvmOverloads
    @Throws(AuthenticatorException::class)
    public fun open(
        context: Context,
        issuers: Issuers,
        keys: KeyStore = HardwareKeyStore(context),
        transport: Transport = HttpUrlConnectionTransport(),
        diagnostics: Diagnostics = NoDiagnostics,
        allowLoopback: Boolean = false,
        appVersion: String? = versionOf(context),
    ): Authenticator =
        Authenticator(
            config = Config("android", model(), app(context), issuers, allowLoopback, appVersion),
            keys = keys,
            state = NoBackupStateStore(context),
            clock = BootClock(context),
            diagnostics = diagnostics,
            transport = transport,
        )

    private fun model(): String =
        listOf(Build.MANUFACTURER, Build.MODEL).filterNotNull().joinToString(" ").take(MAX_NAME_CHARS)

    /**
     * Returns the numbers at the start of `versionName`, for example `2.14.0` of `2.14.0-beta`.
     * Returns null if there are none.
     */
    private fun versionOf(context: Context): String? = versionName(context)?.let { VERSION.find(it)?.value }

    private fun versionName(context: Context): String? =
        context.packageManager.getPackageInfo(context.packageName, 0).versionName

    private fun app(context: Context): String {
        val version = versionName(context)
        return listOf(context.packageName, version).filterNotNull().joinToString(" ").take(MAX_NAME_CHARS)
    }

    private const val MAX_NAME_CHARS = 100

    private val VERSION = Regex("^[0-9]{1,9}(\\.[0-9]{1,9}){0,3}(?![0-9])")

    private object NoDiagnostics : Diagnostics {
        override fun record(during: String, code: String): Unit = Unit
    }
}
