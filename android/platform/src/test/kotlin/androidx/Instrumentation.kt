// Robolectric calls these functions of androidx.test:monitor, which is not on Maven Central. These
// replacements do what the tests need.

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
