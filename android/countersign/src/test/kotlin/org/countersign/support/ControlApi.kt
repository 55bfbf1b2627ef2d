package org.countersign.support

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.Duration
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put

/** The control API of a server under test: the bank's customer, the shop, and the push services in one. */
internal class ControlApi(private val base: String) {
    private val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

    /** An answer that is not 200. */
    class Refused(val code: String, said: String) : Exception(said)

    data class Offer(val id: String, val link: String)

    data class Phone(val enrolment: String, val state: String)

    data class Outcome(val outcome: String, val reason: String?)

    fun offer(account: String): Offer {
        val answer = post("/offer", buildJsonObject { put("account", account) })
        return Offer(answer.text("offer"), answer.text("link"))
    }

    /** The state of the enrolment after its code was typed. */
    fun confirm(offer: String, code: String): String =
        post("/confirm", buildJsonObject { put("offer", offer); put("code", code) }).text("state")

    /** The name of the ask. */
    fun ask(ask: JsonObject): String = post("/ask", ask).text("ask")

    fun outcome(ask: String): Outcome {
        val answer = get("/outcome/$ask")
        return Outcome(answer.text("outcome"), answer["reason"]?.jsonPrimitive?.content)
    }

    /** What the other screen shows to a phone without network. */
    fun show(ask: String): List<String> = get("/show/$ask").getValue("requests").jsonArray.map { it.jsonPrimitive.content }

    /** Brings what the other screen scanned off such a phone; what the server made of it. */
    fun scanned(ask: String, answer: String): String =
        post("/scanned", buildJsonObject { put("ask", ask); put("answer", answer) }).text("outcome")

    fun phones(account: String): List<Phone> =
        get("/phones?account=$account").getValue("phones").jsonArray.map {
            Phone(it.jsonObject.text("enrolment"), it.jsonObject.text("state"))
        }

    fun unenrol(enrolment: String) {
        post("/unenrol", buildJsonObject { put("enrolment", enrolment) })
    }

    fun shiftClock(seconds: Long) {
        post("/clock", buildJsonObject { put("shift_seconds", seconds) })
    }

    fun rotateKeys() {
        post("/rotate-keys", buildJsonObject { })
    }

    /** Every push for this token since the last call, oldest first; waits for one. */
    fun pushes(token: String): List<Map<String, String>> {
        val answer = post("/pushes", buildJsonObject { put("token", token); put("wait_ms", PUSH_WAIT_MS) })
        return answer.getValue("pushes").jsonArray.map { push ->
            push.jsonObject.mapValues { it.value.jsonPrimitive.content }
        }
    }

    /** The one push for this token. */
    fun takePush(token: String): Map<String, String> {
        val pushes = pushes(token)
        check(pushes.size == 1) { "${pushes.size} pushes instead of one for $token" }
        return pushes.single()
    }

    private fun get(path: String): JsonObject = send(request(path).GET())

    private fun post(path: String, body: JsonObject): JsonObject =
        send(request(path).header("content-type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body.toString())))

    private fun request(path: String) = HttpRequest.newBuilder(URI(base + path)).timeout(Duration.ofSeconds(30))

    private fun send(request: HttpRequest.Builder): JsonObject {
        val answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString())
        val document = runCatching { Json.parseToJsonElement(answer.body()).jsonObject }.getOrNull()
        if (answer.statusCode() != 200 || document == null) {
            val code = document?.get("code")?.jsonPrimitive?.content
            throw Refused(code ?: "none", "${answer.uri().path} answered ${answer.statusCode()}: ${answer.body()}")
        }
        return document
    }

    private companion object {
        const val PUSH_WAIT_MS = 10_000
    }
}

/** A member that must be there and be a text. */
internal fun JsonObject.text(name: String): String =
    checkNotNull(get(name)) { "no member $name in $this" }.jsonPrimitive.content
