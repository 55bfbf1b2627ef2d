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
    fun `pin parses its own form and rejects other text`() {
        val digest = Base64.getEncoder().encodeToString(ByteArray(32) { it.toByte() })
        assertEquals("sha256/$digest", SpkiPin.parse(digest).toString())
        assertEquals(SpkiPin.parse(digest), SpkiPin.parse("sha256/$digest"))
        val short = Base64.getEncoder().encodeToString(ByteArray(31))
        for (text in listOf("", "sha256/", "sha1/$digest", short, "$digest$digest", "Kö$digest")) {
            assertThrows(IllegalArgumentException::class.java, { SpkiPin.parse(text) }, text)
        }
    }

    @Test
    fun `pinned certificate must certify the server`() = Certificates().use { certificates ->
        certificates.authority("bank-ca").server("bank", "bank-ca").authority("rogue-ca").server("rogue", "rogue-ca")
            .server("customer", "bank-ca").server("forged", "customer")
        fun matches(chain: List<String>, pin: String) =
            chain.map { certificates.chain(it).first() }.toTypedArray()
                .let { PinnedChain.matches(it, setOf(certificates.pin(pin))) }
        assertTrue(matches(listOf("bank", "bank-ca"), "bank"))
        assertTrue(matches(listOf("bank", "bank-ca"), "bank-ca"))
        assertTrue(matches(listOf("bank"), "bank"))
        assertFalse(matches(listOf("bank", "bank-ca"), "rogue-ca"))
        assertFalse(matches(listOf("rogue", "bank-ca"), "bank-ca"))
        assertFalse(matches(listOf("rogue", "rogue-ca", "bank-ca"), "bank-ca"))
        assertFalse(matches(listOf("rogue", "rogue-ca", "bank"), "bank"))
        assertFalse(matches(listOf("forged", "customer", "bank-ca"), "bank-ca"))
        assertFalse(matches(emptyList(), "bank"))
    }
}
