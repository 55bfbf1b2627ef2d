package org.countersign.android.prompt

import org.countersign.KeyStoreException
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class PromptErrorsTest {
    @Test
    fun `prompt errors distinguish user and phone failures`() {
        val cancelled = listOf(3, 5, 10)
        val notVerified = listOf(2, 7, 9)
        for (code in 0..20) {
            val error = promptError(code, "message of the phone")
            assertEquals("$code", code in cancelled, error is KeyStoreException.Cancelled)
            assertEquals("$code", code in notVerified, error is KeyStoreException.NotVerified)
            assertTrue(error !is KeyStoreException.Unavailable || "message of the phone" in error.reason)
        }
    }
}
