package org.countersign.sample

import android.app.Application
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import org.countersign.Authenticator
import org.countersign.android.CountersignAndroid
import org.countersign.android.keys.HardwareKeyStore
import org.countersign.android.notify.RequestNotification

/** Holds the one authentication device of this app. */
class BankApplication : Application() {
    /** Work that goes on while screens come and go. */
    val background = CoroutineScope(Dispatchers.Default + SupervisorJob())

    /** The authentication device; opened off the main thread, because the native library takes a moment to load. */
    lateinit var device: Deferred<Authenticator>
        private set

    /** Shows that there is a request. */
    lateinit var notifications: RequestNotification
        private set

    override fun onCreate() {
        super.onCreate()
        val keys = HardwareKeyStore(this)
        device = background.async { CountersignAndroid.open(this@BankApplication, keys) }
        notifications = RequestNotification(this, android.R.drawable.ic_lock_idle_lock)
    }
}
