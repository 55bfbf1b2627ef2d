package org.countersign.sample

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.util.Log
import kotlinx.coroutines.launch
import org.countersign.AuthenticatorException
import org.countersign.DenyReason
import org.countersign.errorCode

/** Denies a request from the notification's button, without a screen. */
class DenyReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val bank = context.applicationContext as BankApplication
        val txn = Requests.txn(intent)
        val result = goAsync()
        bank.background.launch {
            try {
                bank.device.await().deny(txn, DenyReason.UNEXPECTED)
            } catch (error: AuthenticatorException) {
                Log.w("bank", "deny: ${errorCode(error)}")
            } finally {
                bank.notifications.cancel(txn)
                result.finish()
            }
        }
    }
}
