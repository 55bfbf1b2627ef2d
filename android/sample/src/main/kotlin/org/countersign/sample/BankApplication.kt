package org.countersign.sample

import android.app.Application
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import org.countersign.Authenticator
import org.countersign.Issuers
import org.countersign.android.CountersignAndroid
import org.countersign.android.keys.HardwareKeyStore
import org.countersign.android.notify.RequestNotification

/** Owns the app's only authentication device. */
class BankApplication : Application() {
    /** The scope of work that is independent of any screen. */
    val background = CoroutineScope(Dispatchers.Default + SupervisorJob())

    /**
     * The authentication device. It is opened off the main thread, because it loads the native
     * library.
     */
    lateinit var device: Deferred<Authenticator>
        private set

    /** The notifications of requests. */
    lateinit var notifications: RequestNotification
        private set

    override fun onCreate() {
        super.onCreate()
        val keys = HardwareKeyStore(this)
        // The sample works with the developer's own server. A bank's app lists its issuers.
        device = background.async {
            CountersignAndroid.open(this@BankApplication, Issuers.Unrestricted, keys, allowLoopback = true)
        }
        notifications = RequestNotification(this, android.R.drawable.ic_lock_idle_lock)
    }
}
