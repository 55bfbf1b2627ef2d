package org.countersign.android.prompt

import org.countersign.KeyStoreException
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class PromptErrorsTest {
    @Test
    fun `what the user did is told apart from what the phone could not do`() {
        val closed = listOf(3, 5, 10)
        val notRecognised = listOf(2, 7, 9)
        for (code in 0..20) {
            val error = promptError(code, "words of the phone")
            assertEquals("$code", code in closed, error is KeyStoreException.Cancelled)
            assertEquals("$code", code in notRecognised, error is KeyStoreException.NotVerified)
            assertTrue(error !is KeyStoreException.Unavailable || "words of the phone" in error.reason)
        }
    }
}
