package org.countersign.sample

import android.util.Log
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.EnrolmentState
import org.countersign.Received
import org.countersign.errorCode
import org.countersign.onPush

/** Receives pushes from Firebase. */
class BankMessagingService : FirebaseMessagingService() {
    private val bank get() = application as BankApplication

    // Firebase calls this on a background thread and allows a few seconds.
    override fun onMessageReceived(message: RemoteMessage) {
        try {
            runBlocking { receive(bank.device.await(), message.getData()) }
        } catch (error: AuthenticatorException) {
            // A rejected push shows nothing. The next refresh fetches genuine requests from the
            // inbox.
            Log.w("bank", "push: ${errorCode(error)}")
        }
    }

    private suspend fun receive(device: Authenticator, data: Map<String, String>) {
        when (val received = device.onPush(data)) {
            is Received.Request -> Requests.announce(bank, device, received.request)
            is Received.Fetch -> Requests.announce(bank, device, device.fetch(received.enrolmentId, received.txn))
            is Received.Status, is Received.Duplicate -> Unit
            null -> Log.i("bank", "not a Countersign push")
        }
    }

    override fun onNewToken(token: String) {
        PushTokens(this).save(token)
        bank.background.launch {
            val device = bank.device.await()
            for (info in device.enrolments().filter { it.state != EnrolmentState.REVOKED }) {
                device.enrolment(info.id).use { it.updatePushAddress(PushTokens(this@BankMessagingService).address) }
            }
        }
    }
}
