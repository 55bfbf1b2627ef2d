package org.countersign.scenarios

import org.countersign.support.ServerProcess

/** One run of all scenarios, with its servers. */
internal class Run : AutoCloseable {
    val server: ServerProcess = ServerProcess.start()
    private val second = lazy { ServerProcess.start() }

    /** A second issuer. */
    val secondServer: ServerProcess by second

    /** Enrols a new phone for a scenario. The scenario's name is the phone's push token. */
    suspend fun withEnrolled(data: Data, scenario: suspend (Enrolled) -> Unit) {
        Phone().use { phone -> scenario(phone.enrolAt(server, data.name)) }
    }

    /** Advances the clocks of the server and the phone. */
    fun passTime(phone: Phone, data: Data) {
        server.control.shiftClock(data.shiftSeconds)
        phone.clock.pass(data.shiftSeconds)
    }

    override fun close() {
        server.close()
        if (second.isInitialized()) secondServer.close()
    }

    companion object {
        /** The scenarios in the order of `tests/scenarios.md`. */
        val SCENARIOS: List<Pair<String, suspend Run.(Data) -> Unit>> = listOf(
            "enrol" to Run::enrol,
            "sealed_push" to Run::sealedPush,
            "wake_push" to Run::wakePush,
            "fetch" to Run::fetch,
            "review" to Run::review,
            "entry_right" to Run::entryRight,
            "entry_wrong" to Run::entryWrong,
            "deny_with_reason" to Run::denyWithReason,
            "evidence" to Run::evidence,
            "expired" to Run::expired,
            "replay" to Run::replay,
            "unknown_detail" to Run::unknownDetail,
            "offline_then_flush" to Run::offlineThenFlush,
            "codes_without_network" to Run::codesWithoutNetwork,
            "killed_between_sign_and_send" to Run::killedBetweenSignAndSend,
            "key_invalidated" to Run::keyInvalidated,
            "rotate" to Run::rotate,
            "rotate_all" to Run::rotateAll,
            "unenrol_by_phone" to Run::unenrolByPhone,
            "unenrol_by_server" to Run::unenrolByServer,
            "two_issuers" to Run::twoIssuers,
            "server_key_rollover" to Run::serverKeyRollover,
            "clock_wrong" to Run::clockWrong,
        )
    }
}
