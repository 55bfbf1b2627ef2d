package org.countersign.hostile

import org.countersign.AuthenticatorException
import org.countersign.errorCode
import org.countersign.onPush
import org.countersign.scenarios.Phone
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.ExtendWith

@ExtendWith(NoLeakedHandles::class)
internal class PushTest {
    private val huge = "A".repeat(20_000_000)
    private val surrogates = "\uD800\uDC00\uDC00\uD800"
    private val good = mapOf("v" to "1", "e" to "handle", "w" to "txn")

    private val pushes: List<Map<String, String?>?> = listOf(
        null,
        emptyMap(),
        mapOf("v" to null, "e" to null, "p" to null, "w" to null),
        good - "v",
        good - "e",
        good - "w",
        good + ("v" to "2"),
        good + ("v" to null),
        good + ("p" to "x"),
        good + ("e" to huge),
        good + ("w" to huge),
        good - "w" + ("p" to huge),
        good + ("e" to surrogates),
        good - "w" + ("p" to surrogates),
        good - "w" + ("p" to "a.b.c.d.e"),
        good - "w" + ("p" to "\u0000"),
        (0..100_000).associate { "k$it" to "v$it" },
        good,
    )

    @Test
    fun `push that is not valid is ignored or rejected`() = Phone().use { phone ->
        for (push in pushes) {
            if (push?.get("v") == null || push["e"] == null) {
                assertNull(phone.device.onPush(push))
            } else {
                assertThrows(AuthenticatorException.Rejected::class.java) { phone.device.onPush(push) }
            }
        }
        assertEquals(emptyList<String>(), phone.pending())
    }

    @Test
    fun `receive rejects every invalid push`() = Phone().use { phone ->
        for (push in pushes.filterNotNull()) {
            val texts = push.mapNotNull { (name, value) -> value?.let { name to it } }.toMap()
            assertThrows(AuthenticatorException.Rejected::class.java) { phone.device.receive(texts) }
        }
    }

    @Test
    fun `invalid identifiers and links have an error code`() = Phone().use { phone ->
        val device = phone.device
        for (text in listOf("", "\u0000", surrogates, "../..", huge, "😀")) {
            assertEquals("offer_invalid", code { device.parseOffer(text) })
            assertEquals("unknown_enrolment", code { device.enrolment(text) })
            assertEquals("unknown_request", code { device.request(text) })
        }
    }

    private fun code(call: () -> Unit): String = 
        errorCode(assertThrows(AuthenticatorException::class.java, call))
}
