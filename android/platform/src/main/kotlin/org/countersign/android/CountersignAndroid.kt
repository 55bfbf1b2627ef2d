package org.countersign.android

import android.content.Context
import android.os.Build
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.Config
import org.countersign.Diagnostics
import org.countersign.HttpUrlConnectionTransport
import org.countersign.KeyStore
import org.countersign.Received
import org.countersign.Transport
import org.countersign.android.keys.HardwareKeyStore
import org.countersign.android.storage.BootClock
import org.countersign.android.storage.NoBackupStateStore

/** Opens the authentication device on this phone, with this phone's keys, storage, clock and HTTP. */
public object CountersignAndroid {
    /**
     * Opens the device. Call it once for a process, in `Application.onCreate` or off the main thread: it loads the native library,
     * which takes a moment. An app with several processes uses it in one of them only.
     *
     * Before the first unlock after a start of the phone this fails with the code `device_locked` or `state_store`: try again
     * after `ACTION_USER_UNLOCKED`.
     *
     * @param diagnostics hears why messages were rejected; nothing is recorded where there is none
     * @param issuers the banks that the app enrols with, as `https` addresses; without it, any that a link names: then ask the user
     * @param detailTypes the types of authorization details that the bank declares, the document that its server has
     * @throws AuthenticatorException if the state cannot be read; it is left as it is
     */
    @JvmStatic
    @JvmOverloads
    @Throws(AuthenticatorException::class)
    public fun open(
        context: Context,
        keys: KeyStore = HardwareKeyStore(context),
        transport: Transport = HttpUrlConnectionTransport(),
        diagnostics: Diagnostics = NoDiagnostics,
        issuers: List<String>? = null,
        detailTypes: String? = null,
    ): Authenticator =
        Authenticator(
            config = Config("android", model(), app(context), detailTypes = detailTypes, issuers = issuers),
            keys = keys,
            state = NoBackupStateStore(context),
            clock = BootClock(context),
            diagnostics = diagnostics,
            transport = transport,
        )

    private fun model(): String = listOf(Build.MANUFACTURER, Build.MODEL).filterNotNull().joinToString(" ").take(MAX_WORDS)

    private fun app(context: Context): String {
        val version = context.packageManager.getPackageInfo(context.packageName, 0).versionName
        return listOf(context.packageName, version).filterNotNull().joinToString(" ").take(MAX_WORDS)
    }

    private const val MAX_WORDS = 100

    private object NoDiagnostics : Diagnostics {
        override fun record(during: String, code: String): Unit = Unit
    }
}

/**
 * Takes the data of a push message as the push service gives it. Synchronous and without network, so a messaging service may call
 * it. Other messages of the app are not ours: this gives nothing back for them.
 *
 * @return what the push brought; nothing if it is no push of ADP/1
 * @throws AuthenticatorException `Rejected` if it claims to be one and is refused: show nothing, and refresh when the app is opened
 */
@Throws(AuthenticatorException::class)
public fun Authenticator.onPush(data: Map<String, String?>): Received? {
    if (VERSION_MEMBER !in data || HANDLE_MEMBER !in data) return null
    return receive(data.entries.mapNotNull { (name, value) -> value?.let { name to it } }.toMap())
}

private const val VERSION_MEMBER = "v"
private const val HANDLE_MEMBER = "e"
