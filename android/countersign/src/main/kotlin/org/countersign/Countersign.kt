package org.countersign

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Functions of the library as a whole. */
public object Countersign {
    /**
     * Loads the native library on a background thread. This takes a few hundred milliseconds on a
     * phone. Without this call the first use of the library loads it.
     *
     * @return the version of the native library
     * @throws UnsatisfiedLinkError if the app does not contain the native library for this
     *   processor
     */
    public suspend fun warmUp(): String = withContext(Dispatchers.Default) { version() }
}
