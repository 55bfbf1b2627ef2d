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

/** A client of the test server's control interface. */
internal class ControlApi(private val base: String) {
    private val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

    /** A response with a status other than 200. */
    class ErrorResponse(val code: String, message: String) : Exception(message)

    data class Offer(val id: String, val link: String)

    data class Phone(val enrolment: String, val state: String)

    data class Outcome(val outcome: String, val reason: String?)

    fun offer(account: String): Offer {
        val response = post("/offer", buildJsonObject { put("account", account) })
        return Offer(response.text("offer"), response.text("link"))
    }

    /** Enters a confirmation code and returns the state of the enrolment. */
    fun confirm(offer: String, code: String): String =
        post("/confirm", buildJsonObject { put("offer", offer); put("code", code) }).text("state")

    /** Creates an approval request and returns its identifier. */
    fun approvalRequest(body: JsonObject): String = post("/approval-requests", body).text("approval_request")

    fun outcome(approvalRequest: String): Outcome {
        val response = get("/outcome/$approvalRequest")
        return Outcome(response.text("outcome"), response["reason"]?.jsonPrimitive?.content)
    }

    /** Returns the codes that the other screen shows to a phone without network. */
    fun show(approvalRequest: String): List<String> =
        get("/show/$approvalRequest").getValue("requests").jsonArray.map { it.jsonPrimitive.content }

    /**
     * Submits the decision that the other screen scanned from the phone, and returns the outcome.
     */
    fun scanned(approvalRequest: String, decision: String): String =
        post(
            "/scanned",
            buildJsonObject {
                put("approval_request", approvalRequest)
                put("decision", decision)
            },
        ).text("outcome")

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

    /** Waits for a push and returns all pushes for this token since the last call, oldest first. */
    fun pushes(token: String): List<Map<String, String>> {
        val response = post("/pushes", buildJsonObject { put("token", token); put("wait_ms", PUSH_WAIT_MS) })
        return response.getValue("pushes").jsonArray.map { push ->
            push.jsonObject.mapValues { it.value.jsonPrimitive.content }
        }
    }

    /** Returns the only push for this token. */
    fun takePush(token: String): Map<String, String> {
        val pushes = pushes(token)
        check(pushes.size == 1) { "${pushes.size} pushes instead of one for $token" }
        return pushes.single()
    }

    private fun get(path: String): JsonObject = send(request(path).GET())

    private fun post(path: String, body: JsonObject): JsonObject =
        send(
            request(path).header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())),
        )

    private fun request(path: String) = HttpRequest.newBuilder(URI(base + path)).timeout(Duration.ofSeconds(30))

    private fun send(request: HttpRequest.Builder): JsonObject {
        val response = client.send(request.build(), HttpResponse.BodyHandlers.ofString())
        val document = runCatching { Json.parseToJsonElement(response.body()).jsonObject }.getOrNull()
        if (response.statusCode() != 200 || document == null) {
            val code = document?.get("code")?.jsonPrimitive?.content
            val message = "${response.uri().path}: status ${response.statusCode()}: ${response.body()}"
            throw ErrorResponse(code ?: "none", message)
        }
        return document
    }

    private companion object {
        const val PUSH_WAIT_MS = 10_000
    }
}

/** Returns a required string member. */
internal fun JsonObject.text(name: String): String =
    checkNotNull(get(name)) { "no member $name in $this" }.jsonPrimitive.content
