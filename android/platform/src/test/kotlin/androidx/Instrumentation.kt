// Robolectric calls these few functions of androidx.test:monitor, which is not on Maven Central. These are stand-ins that do what
// the tests here need of them.

package androidx.test.platform.app

import android.app.Instrumentation
import android.os.Bundle

object InstrumentationRegistry {
    private var current: Instrumentation? = null

    @JvmStatic
    fun registerInstance(instrumentation: Instrumentation?, arguments: Bundle?) {
        arguments?.size()
        current = instrumentation
    }

    @JvmStatic
    fun getInstrumentation(): Instrumentation? = current
}
