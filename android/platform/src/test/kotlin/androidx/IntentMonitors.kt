// Robolectric calls these few functions of androidx.test:monitor, which is not on Maven Central. These are stand-ins that do what
// the tests here need of them.

package androidx.test.internal.runner.intent

import android.content.Intent
import androidx.test.runner.intent.IntentMonitor

class IntentMonitorImpl : IntentMonitor {
    fun signalIntent(intent: Intent) {
        intent.hashCode()
    }
}
