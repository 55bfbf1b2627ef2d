package org.countersign.scenarios

import org.countersign.Authenticator
import org.countersign.Config
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.Enrolment
import org.countersign.EnrolmentState
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.StateStore
import org.countersign.support.ControlApi
import org.countersign.support.JcaKeyStore
import org.countersign.support.KeptDiagnostics
import org.countersign.support.MemoryState
import org.countersign.support.ServerProcess
import org.countersign.support.ShiftedClock
import org.countersign.support.SteeredTransport
import org.countersign.support.TestKeyStore

/** A phone: the parts that outlive the app, and the device over them. */
internal class Phone(
    val keys: TestKeyStore = JcaKeyStore(),
    val clock: ShiftedClock = ShiftedClock(),
    private val deviceClock: DeviceClock = clock,
    val transport: SteeredTransport = SteeredTransport(),
    private val state: StateStore = MemoryState(),
    private val diagnostics: Diagnostics = KeptDiagnostics(),
) : AutoCloseable {

    var device: Authenticator = open()
        private set

    private fun open() = Authenticator(
        config = Config(platform = "test", model = "Scenario", app = "scenarios"),
        keys = keys,
        state = state,
        clock = deviceClock,
        diagnostics = diagnostics,
        transport = transport,
    )

    /** The app ends and starts again. */
    fun reopen() {
        device.close()
        device = open()
    }

    /** Names of the requests that wait. */
    fun pending(): List<String> = device.pending().map { it.txn() }

    override fun close() = device.close()
}

/** A phone that is enrolled. */
internal class Enrolled(val phone: Phone, val server: ServerProcess, val token: String, val offer: ControlApi.Offer, val id: String) {
    /** The enrolment as the device holds it now. */
    val enrolment: Enrolment get() = phone.device.enrolment(id)

    fun takePush(): Map<String, String> = server.control.takePush(token)
}

/** What is left of an enrolment between its steps, for the scenario that looks at each. */
internal class Begun(val phone: Phone, val server: ServerProcess, val token: String, val offer: ControlApi.Offer, val id: String) {
    fun confirm(): Enrolled {
        val code = phone.device.enrolment(id).info().confirmCode
        expect("active", server.control.confirm(offer.id, checkNotNull(code) { "no confirmation code" }), "state after the code")
        val enrolled = Enrolled(phone, server, token, offer, id)
        val received = phone.device.receive(enrolled.takePush())
        expect(Received.Status(id, EnrolmentState.ACTIVE), received, "received")
        return enrolled
    }
}

internal const val ACCOUNT = "alice"

/** Removes every phone from an account. */
internal fun ServerProcess.removePhones(account: String = ACCOUNT) {
    control.phones(account).filter { it.state != "revoked" }.forEach { control.unenrol(it.enrolment) }
}

/** Enrols as far as the confirmation code. */
internal suspend fun Phone.beginAt(server: ServerProcess, token: String, account: String = ACCOUNT): Begun {
    server.removePhones(account)
    val offer = server.control.offer(account)
    val enrolment = device.enrol(device.parseOffer(offer.link), PushAddress(PushKind.FCM, token))
    val info = enrolment.info()
    expect(EnrolmentState.PENDING, info.state, "state before the code")
    return Begun(this, server, token, offer, info.id)
}

/** Enrols, all steps. */
internal suspend fun Phone.enrolAt(server: ServerProcess, token: String, account: String = ACCOUNT): Enrolled =
    beginAt(server, token, account).confirm()
