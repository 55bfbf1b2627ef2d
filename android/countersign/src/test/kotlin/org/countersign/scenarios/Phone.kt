package org.countersign.scenarios

import org.countersign.Authenticator
import org.countersign.Config
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.Enrolment
import org.countersign.EnrolmentState
import org.countersign.Issuers
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.StateStore
import org.countersign.support.ControlApi
import org.countersign.support.JcaKeyStore
import org.countersign.support.RecordingDiagnostics
import org.countersign.support.MemoryState
import org.countersign.support.ServerProcess
import org.countersign.support.ShiftedClock
import org.countersign.support.ControllableTransport
import org.countersign.support.TestKeyStore

/** A phone: the platform parts, which outlive the app, and the device that uses them. */
internal class Phone(
    val keys: TestKeyStore = JcaKeyStore(),
    val clock: ShiftedClock = ShiftedClock(),
    private val deviceClock: DeviceClock = clock,
    val transport: ControllableTransport = ControllableTransport(),
    private val state: StateStore = MemoryState(),
    private val diagnostics: Diagnostics = RecordingDiagnostics(),
) : AutoCloseable {
    var device: Authenticator = open()
        private set

    private fun open() = Authenticator(
        config = Config("test", "Scenario", "scenarios", Issuers.Unrestricted, allowLoopback = true),
        keys = keys,
        state = state,
        clock = deviceClock,
        diagnostics = diagnostics,
        transport = transport,
    )

    /** Restarts the app. */
    fun reopen() {
        device.close()
        device = open()
    }

    /** Returns the identifiers of the pending requests. */
    fun pending(): List<String> = device.pending().map { it.txn() }

    override fun close() = device.close()
}

/** An enrolled phone. */
internal class Enrolled(
    val phone: Phone,
    val server: ServerProcess,
    val token: String,
    val offer: ControlApi.Offer,
    val id: String,
) {
    /** The current state of the enrolment. */
    val enrolment: Enrolment get() = phone.device.enrolment(id)

    fun takePush(): Map<String, String> = server.control.takePush(token)
}

/** An enrolment that waits for its confirmation code. */
internal class PendingEnrolment(
    val phone: Phone,
    val server: ServerProcess,
    val token: String,
    val offer: ControlApi.Offer,
    val id: String,
) {
    fun confirm(): Enrolled {
        val code = phone.device.enrolment(id).info().confirmCode
        checkNotNull(code) { "the enrolment has no confirmation code" }
        expect("active", server.control.confirm(offer.id, code), "state after the code")
        val enrolled = Enrolled(phone, server, token, offer, id)
        val received = phone.device.receive(enrolled.takePush())
        expect(Received.Status(id, EnrolmentState.ACTIVE), received, "received")
        return enrolled
    }
}

internal const val ACCOUNT = "alice"

/** Revokes all phones of an account. */
internal fun ServerProcess.removePhones(account: String = ACCOUNT) {
    control.phones(account).filter { it.state != "revoked" }.forEach { control.unenrol(it.enrolment) }
}

/** Enrols up to the confirmation code. */
internal suspend fun Phone.startEnrolment(
    server: ServerProcess,
    token: String,
    account: String = ACCOUNT,
): PendingEnrolment {
    server.removePhones(account)
    val offer = server.control.offer(account)
    val enrolment = device.enrol(device.parseOffer(offer.link), PushAddress(PushKind.FCM, token))
    val info = enrolment.info()
    expect(EnrolmentState.PENDING, info.state, "state before the code")
    return PendingEnrolment(this, server, token, offer, info.id)
}

/** Enrols completely. */
internal suspend fun Phone.enrolAt(server: ServerProcess, token: String, account: String = ACCOUNT): Enrolled =
    startEnrolment(server, token, account).confirm()
