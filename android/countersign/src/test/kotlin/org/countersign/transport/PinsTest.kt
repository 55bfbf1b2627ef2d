package org.countersign.transport

import java.util.Base64
import org.countersign.PinnedChain
import org.countersign.SpkiPin
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

internal class PinsTest {
    @Test
    fun `a pin reads what it writes, and only digests`() {
        val digest = Base64.getEncoder().encodeToString(ByteArray(32) { it.toByte() })
        assertEquals("sha256/$digest", SpkiPin.parse(digest).toString())
        assertEquals(SpkiPin.parse(digest), SpkiPin.parse("sha256/$digest"))
        val short = Base64.getEncoder().encodeToString(ByteArray(31))
        for (text in listOf("", "sha256/", "sha1/$digest", short, "$digest$digest", "Kö$digest")) {
            assertThrows(IllegalArgumentException::class.java, { SpkiPin.parse(text) }, text)
        }
    }

    @Test
    fun `a pinned certificate counts only where it vouches for the server`() = Certificates().use { certificates ->
        certificates.authority("bank-ca").server("bank", "bank-ca").authority("rogue-ca").server("rogue", "rogue-ca")
            .server("customer", "bank-ca").server("forged", "customer")
        fun holds(chain: List<String>, pin: String) =
            PinnedChain.holds(chain.map { certificates.chain(it).first() }.toTypedArray(), setOf(certificates.pin(pin)))
        assertTrue(holds(listOf("bank", "bank-ca"), "bank"))
        assertTrue(holds(listOf("bank", "bank-ca"), "bank-ca"))
        assertTrue(holds(listOf("bank"), "bank"))
        assertFalse(holds(listOf("bank", "bank-ca"), "rogue-ca"))
        assertFalse(holds(listOf("rogue", "bank-ca"), "bank-ca"))
        assertFalse(holds(listOf("rogue", "rogue-ca", "bank-ca"), "bank-ca"))
        assertFalse(holds(listOf("rogue", "rogue-ca", "bank"), "bank"))
        assertFalse(holds(listOf("forged", "customer", "bank-ca"), "bank-ca"))
        assertFalse(holds(emptyList(), "bank"))
    }
}
