package org.countersign.android.approval

import org.countersign.AuthenticatorException
import org.countersign.Outcome
import org.countersign.ReceiptOutcome
import org.countersign.TransportReason
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class ApprovalEndTest {
    @Test
    fun `only a confirming receipt approves`() {
        assertEquals(ApprovalEnd.Approved, ApprovalEnd.of(Outcome.Confirmed, ApprovalEnd.Approved))
        assertEquals(ApprovalEnd.Denied, ApprovalEnd.of(Outcome.Confirmed, ApprovalEnd.Denied))
        assertEquals(ApprovalEnd.Queued, ApprovalEnd.of(Outcome.Queued, ApprovalEnd.Approved))
        assertEquals(ApprovalEnd.Unconfirmed, ApprovalEnd.of(Outcome.Unconfirmed, ApprovalEnd.Approved))
        for (outcome in ReceiptOutcome.entries) {
            val end = ApprovalEnd.of(Outcome.Failed(outcome), ApprovalEnd.Approved)
            assertEquals(ApprovalEnd.NotAccepted(outcome), end)
        }
    }

    @Test
    fun `ended request ends the screen and other errors allow a retry`() {
        val expired = AuthenticatorException.Expired("expired")
        val decided = listOf(AuthenticatorException.NotPending("ended"), AuthenticatorException.UnknownRequest("none"))
        assertEquals(ApprovalEnd.NotAccepted(ReceiptOutcome.EXPIRED), ApprovalEnd.of(expired))
        for (error in decided) {
            assertEquals(ApprovalEnd.NotAccepted(ReceiptOutcome.ALREADY_DECIDED), ApprovalEnd.of(error))
        }
        assertNull(ApprovalEnd.of(AuthenticatorException.Transport(TransportReason.TIMEOUT, "timeout")))
    }
}
