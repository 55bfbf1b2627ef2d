package org.countersign.sample

import android.app.Activity
import android.os.Bundle
import kotlinx.coroutines.runBlocking
import org.countersign.AuthenticatorException
import org.countersign.android.approval.ApprovalView

/** Shows one request and collects the user's decision. */
class ApprovalActivity : Activity() {
    private var view: ApprovalView? = null

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val bank = application as BankApplication
        val txn = Requests.txn(intent)
        try {
            val device = runBlocking { bank.device.await() }
            val view = ApprovalView(this, device.request(txn)) { bank.notifications.cancel(txn) }
            setContentView(view)
            this.view = view
        } catch (_: AuthenticatorException) {
            // The request was decided, expired or withdrawn in the meantime.
            bank.notifications.cancel(txn)
            finish()
        }
    }

    override fun onDestroy() {
        view?.close()
        super.onDestroy()
    }
}
