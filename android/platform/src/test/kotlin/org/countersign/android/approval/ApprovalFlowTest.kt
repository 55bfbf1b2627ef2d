package org.countersign.android.approval

import kotlinx.coroutines.runBlocking
import org.countersign.AuthenticatorException
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.ReceiptOutcome
import org.countersign.RenderReport
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class ApprovalFlowTest {
    private val request = PlayedRequest()
    private val whole = RenderReport(drawn = request.fields.map { it.id }, shownMs = 10uL)

    private fun flow() = ApprovalFlow(request, Language.DE)

    private fun Step.end(): ApprovalEnd = (this as Step.End).end

    private fun Step.again(): Step.Again = this as Step.Again

    @Test
    fun `only a receipt says approved`() = runBlocking {
        val ends = mapOf(
            Outcome.Confirmed to ApprovalEnd.Approved,
            Outcome.Queued to ApprovalEnd.Queued,
            Outcome.Failed(ReceiptOutcome.BINDING_MISMATCH) to ApprovalEnd.NotCounted(ReceiptOutcome.BINDING_MISMATCH),
            Outcome.Failed(ReceiptOutcome.POLICY) to ApprovalEnd.NotCounted(ReceiptOutcome.POLICY),
            Outcome.Failed(ReceiptOutcome.EXPIRED) to ApprovalEnd.Over,
            Outcome.Failed(ReceiptOutcome.CANCELLED) to ApprovalEnd.Over,
            Outcome.Failed(ReceiptOutcome.ALREADY_DECIDED) to ApprovalEnd.Over,
        )
        for ((outcome, end) in ends) {
            request.outcome = { outcome }
            flow().use { assertEquals(end, it.approve(whole, null).end()) }
        }
        assertEquals(0, request.open)
        assertEquals(setOf(Language.DE), request.languages.toSet())
    }

    @Test
    fun `a value of the wrong shape is corrected with the same ticket`() = runBlocking {
        flow().use {
            val again = it.approve(whole, "short").again()
            assertEquals("binding_length", again.why.code)
            assertFalse(again.readAgain)
            assertEquals(ApprovalEnd.Approved, it.approve(whole, "123456").end())
        }
        assertEquals(1, request.reports.size)
        assertEquals(listOf("short", "123456"), request.approvals)
        assertEquals(0, request.open)
    }

    @Test
    fun `a closed prompt takes a new review and ticket, and no new reading`() = runBlocking {
        flow().use {
            request.outcome = { throw AuthenticatorException.KeyStore("prompt_cancelled", "closed") }
            assertFalse(it.approve(whole, null).again().readAgain)
            request.outcome = { Outcome.Confirmed }
            assertEquals(ApprovalEnd.Approved, it.approve(whole, null).end())
        }
        assertEquals(2, request.reports.size)
        assertEquals(0, request.open)
    }

    @Test
    fun `what was not drawn is read again`() = runBlocking {
        flow().use {
            assertTrue(it.approve(whole.copy(drawn = listOf("f0")), null).again().readAgain)
            assertEquals(ApprovalEnd.Approved, it.approve(whole, null).end())
        }
        assertEquals(0, request.open)
    }

    @Test
    fun `a denial has a reason and says how long was looked`() = runBlocking {
        flow().use { assertEquals(ApprovalEnd.Denied, it.deny(DenyReason.NOT_ME, 1_234).end()) }
        assertEquals(listOf(DenyReason.NOT_ME to 1_234L), request.denials)
        assertEquals(0, request.open)
    }

    @Test
    fun `a request that is over says so`() = runBlocking {
        flow().use {
            request.over = true
            assertEquals(ApprovalEnd.Over, it.deny(DenyReason.OTHER, 0).end())
            request.outcome = { throw AuthenticatorException.Transport("timeout", "late") }
            assertEquals(ApprovalEnd.Over, it.approve(whole, null).end())
        }
    }
}
