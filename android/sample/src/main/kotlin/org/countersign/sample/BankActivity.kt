package org.countersign.sample

import android.Manifest
import android.app.Activity
import android.app.AlertDialog
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.widget.ArrayAdapter
import android.widget.ListView
import java.util.concurrent.Executor
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.countersign.Authenticator
import org.countersign.AuthenticatorException

/** The main screen: the pending requests and this phone's enrolments. */
class BankActivity : Activity() {
    private val bank get() = application as BankApplication
    private lateinit var screen: CoroutineScope
    private lateinit var list: ListView

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        screen = CoroutineScope(Executor { runOnUiThread(it) }.asCoroutineDispatcher() + SupervisorJob())
        list = ListView(this)
        setContentView(list)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        }
        openOffer(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        openOffer(intent)
    }

    override fun onResume() {
        super.onResume()
        screen.launch { refresh(bank.device.await()) }
    }

    override fun onDestroy() {
        screen.cancel()
        super.onDestroy()
    }

    private suspend fun refresh(device: Authenticator) {
        show(device)
        try {
            // Sends queued decisions and fetches requests whose push was lost.
            device.refresh()
        } catch (error: AuthenticatorException) {
            showMessage(error.reason)
        }
        show(device)
    }

    private fun show(device: Authenticator) {
        val pending = device.pending().map { request -> request.use { it.txn() } }
        val enrolments = device.enrolments().map { "${it.issuerName}: ${it.accountLabel} (${it.state})" }
        val items = pending.map { "New request. Tap to open it." } + enrolments
        list.adapter = ArrayAdapter(this, android.R.layout.simple_list_item_1, items)
        list.setOnItemClickListener { _, _, position, _ ->
            pending.getOrNull(position)?.let { startActivity(Requests.screen(this, it)) }
        }
    }

    /** Starts the enrolment if a link on the bank's page opened the app. */
    private fun openOffer(intent: Intent) {
        val link = intent.takeIf { it.action == Intent.ACTION_VIEW }?.dataString ?: return
        screen.launch {
            val enrolling = Enrolling(this@BankActivity, bank.device.await())
            try {
                confirm("Add this phone to ${enrolling.issuer(link)}?") {
                    screen.launch {
                        showMessage(enrolling.enrol(link))
                        show(bank.device.await())
                    }
                }
            } catch (error: AuthenticatorException) {
                showMessage(error.reason)
            }
        }
    }

    private fun confirm(question: String, onConfirmed: () -> Unit) {
        AlertDialog.Builder(this)
            .setMessage(question)
            .setPositiveButton(android.R.string.ok) { _, _ -> onConfirmed() }
            .setNegativeButton(android.R.string.cancel, null)
            .show()
    }

    private fun showMessage(text: String) {
        AlertDialog.Builder(this).setMessage(text).setPositiveButton(android.R.string.ok, null).show()
    }
}
