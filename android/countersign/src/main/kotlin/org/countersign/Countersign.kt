package org.countersign

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The library as a whole. */
public object Countersign {
    /**
     * Loads the native library, off the calling thread. The first use of the library loads it anyway; that takes some hundred
     * milliseconds on a phone, which is better spent while the app starts than while a request waits.
     *
     * @return the version of the native library
     * @throws UnsatisfiedLinkError if the app was packaged without the native library of this processor
     */
    public suspend fun warmUp(): String = withContext(Dispatchers.Default) { version() }
}
