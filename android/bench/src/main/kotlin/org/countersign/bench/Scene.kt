package org.countersign.bench

import kotlinx.coroutines.runBlocking
import org.countersign.Authenticator
import org.countersign.ClockReading
import org.countersign.Config
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.Issuers
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.StateStore
import org.countersign.Transport
import org.countersign.testkeys.Bank
import org.countersign.testkeys.SoftwareKeys

/** A state store in memory with an optional initial state. */
internal class Blob(@Volatile var bytes: ByteArray? = null) : StateStore {
    override fun load(): ByteArray? = bytes

    override fun save(bytes: ByteArray) {
        this.bytes = bytes
    }
}

/** A transport to a bank in the same process. */
private class ToBank(private val bank: Bank) : Transport {
    override suspend fun send(request: HttpRequest) = HttpResponse(200u, null, bank.answer(request.url, request.body))
}

private class StillClock(private val wallMs: Long) : DeviceClock {
    override fun read() = ClockReading(0u, "bench", wallMs)
}

private object NoLog : Diagnostics {
    override fun record(during: String, code: String) {}
}

/** A phone with Kotlin callbacks, enrolled with a bank in the same process. */
internal class Scene private constructor(val bank: Bank) {
    val keys = NativeKeys(SoftwareKeys())

    /** The phone's state store. */
    val store = Blob()

    fun device(store: Blob = this.store) =
        Authenticator(
            Config("bench", "bench", "bench", Issuers.Unrestricted), keys, store, StillClock(bank.wallMs()), NoLog, ToBank(bank),
        )

    companion object {
        fun enrolled() = Scene(Bank()).apply {
            device().use { device ->
                device.parseOffer(bank.offer()).use { offer ->
                    runBlocking { device.enrol(offer, PushAddress(PushKind.FCM, "bench")) }.close()
                }
            }
        }
    }
}
