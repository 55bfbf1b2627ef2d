package org.countersign.hostile

import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.countersign.Cancellation
import org.countersign.Outcome
import org.countersign.Ticket
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.extension.ExtendWith

/**
 * An approval is cancelled at each callback in turn. It was either signed and reaches the server,
 * or not signed and can be repeated.
 */
@ExtendWith(NoLeakedHandles::class)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
internal class CancelledTest {
    private val hooks = Hooks()

    @Test
    fun `coroutine cancelled at any callback is consistent`() = atEachCallback("cancelled-coroutine") { ticket, step ->
        val call = async(Dispatchers.Default, CoroutineStart.LAZY) { ticket.approve(TestServer.CODE) }
        step { call.cancel() }
        call.start()
        call.join()
        if (call.isCancelled) null else call.await()
    }

    @Test
    fun `call cancelled by token at any callback is consistent`() = atEachCallback("cancelled-token") { ticket, step ->
        Cancellation().use { cancellation ->
            step { cancellation.cancel() }
            runCatching { ticket.approve(TestServer.CODE, cancellation) }.getOrNull()
        }
    }

    private fun atEachCallback(
        account: String,
        approve: suspend CoroutineScope.(Ticket, (() -> Unit) -> Unit) -> Outcome?,
    ) = runBlocking {
        hookedPhone(hooks).use { phone ->
            val enrolled = TestServer.enrol(phone, account)
            var point = 0
            do {
                val (approvalRequest, request) = TestServer.request(enrolled)
                val txn = request.txn()
                val ticket = request.ticket()
                val steps = AtomicInteger(point++)
                var reached = false
                val outcome = approve(ticket) { cancel ->
                    hooks.before = {
                        if (steps.getAndDecrement() == 0) {
                            reached = true
                            cancel()
                        }
                    }
                }
                hooks.clear()
                if (txn in phone.pending()) {
                    assertEquals("pending", TestServer.outcome(approvalRequest))
                    assertEquals(Outcome.Confirmed, phone.device.request(txn).ticket().approve(TestServer.CODE))
                } else {
                    phone.device.refresh()
                }
                val message = "cancelled at callback $point, outcome $outcome"
                assertEquals("approved", TestServer.outcome(approvalRequest), message)
                assertTrue(phone.pending().isEmpty())
            } while (reached)
            assertTrue(point > 10, "only $point callbacks were reached")
        }
    }
}
