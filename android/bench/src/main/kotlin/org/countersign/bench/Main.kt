package org.countersign.bench

import java.io.File
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.put
import org.countersign.Authenticator
import org.countersign.ClockReading
import org.countersign.Config
import org.countersign.Countersign
import org.countersign.DenyReason
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.HttpUrlConnectionTransport
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.StateStore
import org.countersign.Transport
import org.countersign.TransportException
import org.countersign.support.ServerProcess
import org.countersign.testkeys.BenchDevice
import org.countersign.testkeys.SoftwareKeys

private const val WARM_UP = 2000
private const val ROUNDS = 1000

/** A store that begins with a state and forgets what it is given when it is told to. */
private class Blob(@Volatile var bytes: ByteArray? = null) : StateStore {
    override fun load(): ByteArray? = bytes

    override fun save(bytes: ByteArray) {
        this.bytes = bytes
    }
}

/** A clock that stands still once it is told to. */
private class StillClock : DeviceClock {
    @Volatile
    var stoppedAt: Long? = null

    override fun read() = ClockReading(0u, "bench", stoppedAt ?: System.currentTimeMillis())
}

private object NoLog : Diagnostics {
    override fun record(during: String, code: String) {}
}

private object NoConnection : Transport {
    override suspend fun send(request: HttpRequest): HttpResponse = throw TransportException.Unreachable()
}

/** A phone that has one request to receive, as often as needed. */
private class Scene(val keys: NativeKeys, val clock: StillClock, val state: ByteArray, val push: Map<String, String>) {
    fun device() = Authenticator(CONFIG, keys, Blob(state), clock, NoLog, NoConnection)

    companion object {
        val CONFIG = Config("bench", "bench", "bench")
    }
}

private fun scene(server: ServerProcess): Scene = runBlocking {
    val (keys, clock, state) = Triple(NativeKeys(SoftwareKeys()), StillClock(), Blob())
    Authenticator(Scene.CONFIG, keys, state, clock, NoLog, HttpUrlConnectionTransport()).use { device ->
        val offer = server.control.offer("alice")
        val enrolment = device.enrol(device.parseOffer(offer.link), PushAddress(PushKind.FCM, "bench"))
        server.control.confirm(offer.id, checkNotNull(enrolment.info().confirmCode))
        device.receive(server.control.takePush("bench"))
        server.control.ask(Json.parseToJsonElement(ASK).jsonObject)
        val push = server.control.takePush("bench")
        clock.stoppedAt = System.currentTimeMillis()
        Scene(keys, clock, checkNotNull(state.bytes), push)
    }
}

private const val ASK =
    """{"account":"alice","client":{"id":"shop","name":"ACME Shop"},"binding":{"mode":"entry","value":"481205"},
        "details":[{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},
        "creditorName":"ACME GmbH","creditorAccount":{"iban":"DE89370400440532013000"}}],"expires_in":300}"""

/** How many nanoseconds one `receive` of a new request takes, in Kotlin and in Rust, turn by turn. */
private fun receive(scene: Scene): JsonObject {
    fun kotlin(): Long = scene.device().use { device ->
        val began = System.nanoTime()
        val received = device.receive(scene.push)
        val took = System.nanoTime() - began
        check(received is Received.Request) { "received $received instead of a request" }
        received.close()
        took
    }

    fun rust(): Long =
        BenchDevice(scene.keys.keys, scene.keys.sealing, scene.state, checkNotNull(scene.clock.stoppedAt)).use {
            it.receive(scene.push, 1u).single().toLong()
        }

    val first = kotlin()
    repeat(WARM_UP) { kotlin(); rust() }
    val (kotlin, rust) = List(ROUNDS) { kotlin() to rust() }.unzip()
    return buildJsonObject {
        put("rounds", ROUNDS)
        put("kotlin_us", median(kotlin) / 1000.0)
        put("rust_us", median(rust) / 1000.0)
        put("ratio", median(kotlin).toDouble() / median(rust))
        put("first_receive_us", first / 1000.0)
    }
}

private fun median(times: List<Long>): Long = times.sorted()[times.size / 2]

/** Receives, reviews and denies so many times, and tells how much memory the process has on the way. */
private fun cycles(scene: Scene, count: Int): JsonObject = runBlocking {
    val began = System.nanoTime()
    val resident = ArrayList<Long>()
    repeat(count) { number ->
        if (number % (count / 10).coerceAtLeast(1) == 0) resident.add(residentKb())
        scene.device().use { device ->
            val received = device.receive(scene.push) as Received.Request
            received.use {
                received.request.review(Language.EN).use { review ->
                    check(review.fields().isNotEmpty())
                    check(review.deny(DenyReason.UNEXPECTED, 1000u) is Outcome.Queued)
                }
            }
        }
    }
    resident.add(residentKb())
    buildJsonObject {
        put("count", count)
        put("seconds", (System.nanoTime() - began) / 1_000_000_000.0)
        put("resident_kb", resident.joinToString(" "))
    }
}

private fun residentKb(): Long {
    System.gc()
    val line = File("/proc/self/status").readLines().first { it.startsWith("VmRSS") }
    return line.filter(Char::isDigit).toLong()
}

/** Prints one JSON document. The argument is the number of cycles. */
fun main(arguments: Array<String>) {
    val began = System.nanoTime()
    runBlocking { Countersign.warmUp() }
    val load = System.nanoTime() - began
    ServerProcess.start().use { server ->
        val scene = scene(server)
        println(
            buildJsonObject {
                put("load_ms", load / 1_000_000.0)
                put("receive", receive(scene))
                put("cycles", cycles(scene, arguments.firstOrNull()?.toInt() ?: 100_000))
            },
        )
    }
}
