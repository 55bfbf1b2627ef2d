package org.countersign.sample

import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.net.Uri
import org.countersign.Authenticator
import org.countersign.PendingRequest

/** Leads from a request to its screen. */
object Requests {
    /** Opens the approval screen of a request. */
    fun screen(context: Context, txn: String): Intent =
        Intent(context, ApprovalActivity::class.java).setData(Uri.fromParts("txn", txn, null))

    /** The request that an intent names. */
    fun txn(intent: Intent): String = intent.data?.schemeSpecificPart.orEmpty()

    /** Says that there is a request, and closes it: the screen opens it again by its name. */
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
