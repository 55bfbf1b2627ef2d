package org.countersign.hostile

import org.countersign.ClockReading
import org.countersign.CreatedKey
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.HttpUrlConnectionTransport
import org.countersign.KeySpec
import org.countersign.Prompt
import org.countersign.StateStore
import org.countersign.Transport
import org.countersign.scenarios.Phone
import org.countersign.support.JcaKeyStore
import org.countersign.support.MemoryState
import org.countersign.support.ShiftedClock
import org.countersign.support.ControllableTransport
import org.countersign.support.TestKeyStore

/** The changes that a test makes to callbacks. */
internal class Hooks {
    /** Called with the name of each callback before it runs. It may throw. */
    @Volatile
    var before: (String) -> Unit = {}

    /** Called with the name of each suspending callback before it runs. It may suspend or throw. */
    @Volatile
    var suspended: suspend (String) -> Unit = {}

    /** Changes the result of `sign`. */
    @Volatile
    var signature: (ByteArray) -> ByteArray = { it }

    /** Changes the result of `create`. */
    @Volatile
    var created: (CreatedKey) -> CreatedKey = { it }

    /** Changes the result of `agree`. */
    @Volatile
    var agreed: (ByteArray) -> ByteArray = { it }

    /** Changes the result of `sealingKey`. */
    @Volatile
    var sealing: (ByteArray) -> ByteArray = { it }

    /** Changes the response that `send` returns. */
    @Volatile
    var response: (HttpResponse) -> HttpResponse = { it }

    /** Removes all changes. */
    fun clear() {
        before = {}
        suspended = {}
        signature = { it }
        created = { it }
        agreed = { it }
        sealing = { it }
        response = { it }
    }

    suspend fun at(name: String) {
        before(name)
        suspended(name)
    }
}

internal class HookedKeys(private val hooks: Hooks, val real: JcaKeyStore = JcaKeyStore()) : TestKeyStore by real {
    override suspend fun create(spec: KeySpec): CreatedKey {
        hooks.at("create")
        return hooks.created(real.create(spec))
    }

    override suspend fun sign(handle: String, input: ByteArray): ByteArray {
        hooks.at("sign")
        return hooks.signature(real.sign(handle, input)).also { hooks.at("signed") }
    }

    override suspend fun signWithUserVerification(handle: String, input: ByteArray, prompt: Prompt): ByteArray {
        hooks.at("prompt")
        return hooks.signature(real.signWithUserVerification(handle, input, prompt)).also { hooks.at("signed") }
    }

    override suspend fun delete(handle: String) {
        hooks.at("delete")
        real.delete(handle)
    }

    override fun agree(handle: String, peer: ByteArray): ByteArray {
        hooks.before("agree")
        return hooks.agreed(real.agree(handle, peer))
    }

    override fun sealingKey(stateExists: Boolean): ByteArray = hooks.sealing(real.sealingKey(stateExists))
}

internal class HookedState(private val hooks: Hooks) : StateStore {
    private val real = MemoryState()

    override fun load(): ByteArray? {
        hooks.before("load")
        return real.load()
    }

    override fun save(bytes: ByteArray) {
        hooks.before("save")
        real.save(bytes)
        hooks.before("saved")
    }
}

internal class HookedClock(private val hooks: Hooks, private val real: ShiftedClock) : DeviceClock {
    override fun read(): ClockReading {
        hooks.before("clock")
        return real.read()
    }
}

internal class HookedDiagnostics(private val hooks: Hooks) : Diagnostics {
    override fun record(during: String, code: String) = hooks.before("record")
}

internal class HookedTransport(private val hooks: Hooks) : Transport {
    private val real = HttpUrlConnectionTransport()

    override suspend fun send(request: HttpRequest): HttpResponse {
        hooks.at("send")
        return hooks.response(real.send(request)).also { hooks.at("sent") }
    }
}

/** Creates a phone whose callbacks a test can change. */
internal fun hookedPhone(hooks: Hooks, keys: HookedKeys = HookedKeys(hooks)): Phone {
    val clock = ShiftedClock()
    return Phone(
        keys = keys,
        clock = clock,
        deviceClock = HookedClock(hooks, clock),
        transport = ControllableTransport(HookedTransport(hooks)),
        state = HookedState(hooks),
        diagnostics = HookedDiagnostics(hooks),
    )
}
