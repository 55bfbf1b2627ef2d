package org.countersign.hostile

import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlinx.coroutines.runBlocking
import org.countersign.AuthenticatorException
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.Received
import org.countersign.errorCode
import org.countersign.scenarios.Phone
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.extension.ExtendWith

@ExtendWith(NoLeakedHandles::class)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
internal class ThreadsTest {
    /** Runs [call] on 16 threads that start together and returns their results. */
    private fun <T> together(call: (Int) -> T): List<Result<T>> {
        val results = ConcurrentLinkedQueue<Result<T>>()
        val start = CountDownLatch(THREADS)
        val threads = List(THREADS) {
            thread {
                start.countDown()
                start.await()
                results.add(runCatching { call(it) })
            }
        }
        threads.forEach { it.join() }
        return results.toList()
    }

    @Test
    fun `concurrent calls give one request and one decision`() = runBlocking {
        Phone().use { phone ->
            val enrolled = TestServer.enrol(phone, "threads")
            val approvalRequest = TestServer.approvalRequest(enrolled)
            val push = enrolled.takePush()
            val received = together { phone.device.receive(push) }.map { it.getOrThrow() }
            val request = received.filterIsInstance<Received.Request>().single().request
            assertEquals(THREADS - 1, received.count { it == Received.Duplicate(request.txn()) })

            val ticket = request.ticket()
            val approved = together { runBlocking { ticket.approve(TestServer.CODE) } }
            assertEquals(Outcome.Confirmed, approved.mapNotNull { it.getOrNull() }.single())
            val errors = approved.mapNotNull { it.exceptionOrNull() as AuthenticatorException? }
            assertEquals(List(THREADS - 1) { "used" }, errors.map(::errorCode))
            assertEquals("approved", TestServer.outcome(approvalRequest))
        }
    }

    @Test
    fun `concurrent calls of all kinds succeed`() = runBlocking {
        Phone().use { phone ->
            val enrolled = TestServer.enrol(phone, "everything-at-once")
            val approvalRequests = List(3) { TestServer.request(enrolled).first }
            val results = together { number ->
                repeat(20) {
                    when (number % 4) {
                        0 -> phone.device.pending().forEach { request ->
                            request.use { it.review(Language.JA).use { review -> review.fields() } }
                        }
                        1 -> runBlocking { phone.device.refresh() }
                        2 -> runCatching { phone.device.receive(mapOf("v" to "1", "e" to "x", "w" to "y")) }
                        else -> phone.device.enrolments().single()
                    }
                }
            }
            results.forEach { it.getOrThrow() }
            for (txn in phone.pending()) {
                assertEquals(Outcome.Confirmed, phone.device.request(txn).ticket().approve(TestServer.CODE))
            }
            assertEquals(List(3) { "approved" }, approvalRequests.map(TestServer::outcome))
        }
    }

    private companion object {
        const val THREADS = 16
    }
}
