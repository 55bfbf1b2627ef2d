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
import org.countersign.scenarios.Phone
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.extension.ExtendWith

@ExtendWith(NothingLeaks::class)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
internal class ThreadsTest {
    /** Runs this on 16 threads that begin together, and gives what each made of it. */
    private fun <T> together(call: (Int) -> T): List<Result<T>> {
        val results = ConcurrentLinkedQueue<Result<T>>()
        val begin = CountDownLatch(THREADS)
        val threads = List(THREADS) {
            thread {
                begin.countDown()
                begin.await()
                results.add(runCatching { call(it) })
            }
        }
        threads.forEach { it.join() }
        return results.toList()
    }

    @Test
    fun `one request, whoever receives it, and one answer, whoever gives it`() = runBlocking {
        Phone().use { phone ->
            val enrolled = TestServer.enrol(phone, "threads")
            val ask = TestServer.ask(enrolled)
            val push = enrolled.takePush()
            val received = together { phone.device.receive(push) }.map { it.getOrThrow() }
            val request = received.filterIsInstance<Received.Request>().single().request
            assertEquals(THREADS - 1, received.count { it == Received.Duplicate(request.txn()) })

            val ticket = request.ticket()
            val approved = together { runBlocking { ticket.approve(TestServer.CODE) } }
            assertEquals(Outcome.Confirmed, approved.mapNotNull { it.getOrNull() }.single())
            val refused = approved.mapNotNull { it.exceptionOrNull() as AuthenticatorException? }
            assertEquals(List(THREADS - 1) { "used" }, refused.map { it.code })
            assertEquals("approved", TestServer.outcome(ask))
        }
    }

    @Test
    fun `everything at once`() = runBlocking {
        Phone().use { phone ->
            val enrolled = TestServer.enrol(phone, "everything-at-once")
            val asks = List(3) { TestServer.request(enrolled).first }
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
            assertEquals(List(3) { "approved" }, asks.map(TestServer::outcome))
        }
    }

    private companion object {
        const val THREADS = 16
    }
}
