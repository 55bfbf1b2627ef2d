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
import org.countersign.android.onPush

/** Takes pushes from Firebase. */
class BankMessagingService : FirebaseMessagingService() {
    private val bank get() = application as BankApplication

    // Firebase calls this on a thread of its own and gives it some seconds.
    override fun onMessageReceived(message: RemoteMessage) {
        try {
            runBlocking { take(bank.device.await(), message.getData()) }
        } catch (error: AuthenticatorException) {
            // Nothing is shown for what was refused. What was real waits in the inbox.
            Log.w("bank", "push: ${error.code}")
        }
    }

    private suspend fun take(device: Authenticator, data: Map<String, String>) {
        when (val received = device.onPush(data)) {
            is Received.Request -> Requests.announce(bank, device, received.request)
            is Received.Fetch -> Requests.announce(bank, device, device.fetch(received.enrolmentId, received.txn, null))
            is Received.Status, is Received.Duplicate -> Unit
            null -> Log.i("bank", "a message of the app's own")
        }
    }

    override fun onNewToken(token: String) {
        PushTokens(this).keep(token)
        bank.background.launch {
            val device = bank.device.await()
            for (info in device.enrolments().filter { it.state != EnrolmentState.REVOKED }) {
                device.enrolment(info.id).use { it.updatePushAddress(PushTokens(this@BankMessagingService).address, null) }
            }
        }
    }
}
