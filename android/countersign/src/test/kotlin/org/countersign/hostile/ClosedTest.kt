package org.countersign.hostile

import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.countersign.AuthenticatorException
import org.countersign.Cancellation
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.UsedReason
import org.countersign.scenarios.Phone
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.extension.ExtendWith

/** Closed objects throw `Used`, also as arguments. A call that is running completes. */
@ExtendWith(NoLeakedHandles::class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
internal class ClosedTest {
    private suspend fun closed(call: suspend () -> Unit) = try {
        call()
        throw AssertionError("a closed object was used")
    } catch (error: AuthenticatorException.Used) {
        assertEquals(UsedReason.CLOSED, error.code)
    }

    @Test
    fun `closed object throws Used`() = runBlocking {
        val phone = Phone()
        val enrolled = TestServer.enrol(phone, "closed")
        val (_, request) = TestServer.request(enrolled)
        val (review, ticket, enrolment) = Triple(request.review(Language.EN), request.ticket(), enrolled.enrolment)
        for (thing in listOf(request, review, ticket, enrolment, phone.device)) {
            thing.close()
            thing.close()
        }
        closed { phone.device.receive(emptyMap()) }
        closed { phone.device.refresh() }
        closed { phone.device.enrolments() }
        closed { request.review(Language.EN) }
        closed { request.deny(DenyReason.OTHER) }
        closed { review.fields() }
        closed { ticket.approve(TestServer.CODE) }
        closed { enrolment.info() }
    }

    @Test
    fun `closed argument throws Used`() = Phone().use { phone ->
        runBlocking {
            val link = TestServer.process.control.offer("closed-argument").link
            val offer = phone.device.parseOffer(link).apply { close() }
            closed { phone.device.enrol(offer, PushAddress(PushKind.NONE)) }
            val cancellation = Cancellation().apply { close() }
            val good = phone.device.parseOffer(link)
            closed { phone.device.enrol(good, PushAddress(PushKind.FCM, "token"), cancellation) }
            closed { phone.device.refresh(cancellation) }
            assertEquals("pending", phone.device.enrol(good, PushAddress(PushKind.NONE)).info().state.name.lowercase())
        }
    }

    @Test
    fun `device closed during a call completes the call`() = runBlocking {
        val hooks = Hooks()
        val enrolled = TestServer.enrol(hookedPhone(hooks), "closed-under-way")
        val (approvalRequest, request) = TestServer.request(enrolled)
        val ticket = request.ticket()
        val (shown, go) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
        hooks.suspended = { if (it == "prompt") { shown.complete(Unit); go.await() } }
        val call = async { ticket.approve(TestServer.CODE) }
        shown.await()
        for (thing in listOf(ticket, request, enrolled.phone.device)) thing.close()
        go.complete(Unit)
        assertEquals(Outcome.Confirmed, call.await())
        assertEquals("approved", TestServer.outcome(approvalRequest))
    }
}
