package org.countersign.sample

import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.net.Uri
import org.countersign.Authenticator
import org.countersign.PendingRequest

/** Opens approval screens and shows notifications for requests. */
object Requests {
    /** Returns the intent that opens the approval screen of a request. */
    fun screen(context: Context, txn: String): Intent =
        Intent(context, ApprovalActivity::class.java).setData(Uri.fromParts("txn", txn, null))

    /** Returns the identifier of the request that an intent names. */
    fun txn(intent: Intent): String = intent.data?.schemeSpecificPart.orEmpty()

    /**
     * Shows the notification of a request and closes the request. The approval screen opens it by
     * its identifier.
     */
    fun announce(bank: BankApplication, device: Authenticator, request: PendingRequest) {
        request.use {
            val issuer = device.enrolment(it.enrolmentId()).use { enrolment -> enrolment.info().issuerName }
            val txn = it.txn()
            val open = PendingIntent.getActivity(bank, 0, screen(bank, txn), PendingIntent.FLAG_IMMUTABLE)
            val denial = Intent(bank, DenyReceiver::class.java).setData(Uri.fromParts("txn", txn, null))
            val deny = PendingIntent.getBroadcast(bank, 0, denial, PendingIntent.FLAG_IMMUTABLE)
            bank.notifications.show(txn, issuer, open, deny)
        }
    }
}
