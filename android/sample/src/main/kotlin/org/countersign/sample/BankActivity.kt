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

/** The first screen: this phone's enrolments, and what waits for an answer. */
class BankActivity : Activity() {
    private val bank get() = application as BankApplication
    private lateinit var screen: CoroutineScope
    private lateinit var list: ListView

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        screen = CoroutineScope(Executor { runOnUiThread(it) }.asCoroutineDispatcher() + SupervisorJob())
        list = ListView(this)
        setContentView(list)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        offer(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        offer(intent)
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
            // Sends answers that were kept, and fetches what no push has brought.
            device.refresh(null)
        } catch (error: AuthenticatorException) {
            say(error.reason)
        }
        show(device)
    }

    private fun show(device: Authenticator) {
        val waiting = device.pending().map { request -> request.use { it.txn() } }
        val enrolments = device.enrolments().map { "${it.issuerName}: ${it.accountLabel} (${it.state})" }
        list.adapter = ArrayAdapter(this, android.R.layout.simple_list_item_1, waiting.map { "A request waits: open it" } + enrolments)
        list.setOnItemClickListener { _, _, at, _ -> waiting.getOrNull(at)?.let { startActivity(Requests.screen(this, it)) } }
    }

    /** A link of the bank's page opened the app. */
    private fun offer(intent: Intent) {
        val link = intent.takeIf { it.action == Intent.ACTION_VIEW }?.dataString ?: return
        screen.launch {
            val enrolling = Enrolling(this@BankActivity, bank.device.await())
            try {
                ask("Add this phone to ${enrolling.issuer(link)}?") {
                    screen.launch {
                        say(enrolling.enrol(link))
                        show(bank.device.await())
                    }
                }
            } catch (error: AuthenticatorException) {
                say(error.reason)
            }
        }
    }

    private fun ask(question: String, agreed: () -> Unit) {
        AlertDialog.Builder(this)
            .setMessage(question)
            .setPositiveButton(android.R.string.ok) { _, _ -> agreed() }
            .setNegativeButton(android.R.string.cancel, null)
            .show()
    }

    private fun say(text: String) {
        AlertDialog.Builder(this).setMessage(text).setPositiveButton(android.R.string.ok, null).show()
    }
}
