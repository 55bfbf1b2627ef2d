package org.countersign.approval

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import org.countersign.ApprovalSession
import org.countersign.ApprovalState
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.ClockReading
import org.countersign.Config
import org.countersign.DeviceClock
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.Issuers
import org.countersign.KeyStoreException
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.Transport
import org.countersign.errorCode
import org.countersign.obstacleCode
import org.countersign.scenarios.expect
import org.countersign.support.JcaKeyStore
import org.countersign.support.MemoryState
import org.countersign.support.RecordingDiagnostics
import org.countersign.testkeys.Bank

/** Runs one script on a phone that is enrolled with a bank in the same process. */
internal class ScriptRun(private val script: Script) : AutoCloseable {
    private val bank = Bank.forScript(script.text)
    private val keys = JcaKeyStore()
    private val device = Authenticator(
        config = Config("test", "Script", "approval", Issuers.Unrestricted),
        keys = keys,
        state = MemoryState(),
        clock = ConstantClock(bank.wallMs()),
        diagnostics = RecordingDiagnostics(),
        transport = BankTransport(bank),
    )

    suspend fun run() {
        device.enrol(device.parseOffer(bank.offer()), PushAddress(PushKind.NONE)).close()
        val received = device.receive(bank.push())
        check(received is Received.Request) { "received $received instead of a request" }
        received.request.use { request ->
            request.approvalSession(Language.EN, script.canScan).use { session ->
                val fields = session.fields().map { it.id }
                script.steps.forEachIndexed { index, step ->
                    try {
                        run(step, session, fields)
                    } catch (failure: IllegalStateException) {
                        throw IllegalStateException("step ${index + 1}, ${step.call}: ${failure.message}", failure)
                    }
                }
            }
        }
    }

    private suspend fun run(step: Step, session: ApprovalSession, fields: List<String>) {
        var decided = false
        val error = try {
            decided = call(step, session, fields)
            null
        } catch (error: AuthenticatorException) {
            errorCode(error)
        }
        expect(step.error, error, "error")
        expect(step.decision, if (decided) decision(step) else null, "decision")
        val state = session.state()
        for ((name, expected) in step.state) expect(resolve(expected, fields), member(state, name), name)
    }

    /** Makes the call of a step. Returns true if it sent a decision. */
    private suspend fun call(step: Step, session: ApprovalSession, fields: List<String>): Boolean {
        when (step.call) {
            "handle" -> session.handle(step.atMs, step.events(fields))
            "set_binding_value" -> session.setBindingValue(step.value)
            "approve" -> {
                keys.prompt = { if (step.cancelsPrompt) throw KeyStoreException.Cancelled() }
                expect<Outcome>(Outcome.Confirmed, session.approve(), "outcome")
                return true
            }
            "deny" -> {
                expect<Outcome>(Outcome.Confirmed, session.deny(step.reason), "outcome")
                return true
            }
            else -> error("unknown call ${step.call}")
        }
        return false
    }

    /** Returns the decision that the bank received, in the form of the scripts. */
    private fun decision(step: Step): JsonObject {
        val decision = checkNotNull(bank.decision()) { "the bank received no decision" }
        expect(step.call == "approve", decision.approved, "approved")
        expect(if (step.call == "deny") step.reason.name.lowercase() else null, decision.reason, "reason")
        return buildJsonObject {
            put("shown_ms", decision.shownMs.toLong())
            put("call_active", decision.callActive)
            decision.binding?.let { put("binding", it) }
        }
    }

    /** Replaces the list `["*"]` by all fields. */
    private fun resolve(expected: JsonElement, fields: List<String>): JsonElement =
        if (expected == JsonArray(listOf(JsonPrimitive(Step.ALL)))) JsonArray(fields.map(::JsonPrimitive)) else expected

    private fun member(state: ApprovalState, name: String): JsonElement =
        when (name) {
            "missing" -> JsonArray(state.missing.map(::JsonPrimitive))
            "remaining_ms" -> JsonPrimitive(state.remainingMs.toLong())
            "obstacle" -> JsonPrimitive(state.obstacle?.let(::obstacleCode) ?: "none")
            "approval_allowed" -> JsonPrimitive(state.approvalAllowed)
            "call_warning" -> JsonPrimitive(state.callWarning)
            "shown_ms" -> JsonPrimitive(state.shownMs.toLong())
            else -> error("unknown member $name")
        }

    override fun close() {
        device.close()
        bank.close()
    }

    private class ConstantClock(private val wallMs: Long) : DeviceClock {
        override fun read() = ClockReading(monotonicMs = 0u, bootId = "script", wallMs = wallMs)
    }

    private class BankTransport(private val bank: Bank) : Transport {
        override suspend fun send(request: HttpRequest) =
            HttpResponse(200u, null, bank.answer(request.url, request.body))
    }
}
