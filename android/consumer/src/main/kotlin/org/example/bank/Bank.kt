package org.example.bank

import java.net.HttpURLConnection
import java.net.URL

/** A client of the test server's control interface. */
class Bank(private val control: String) {
    /** Creates an offer and returns its identifier and its link. */
    fun offer(account: String): Pair<String, String> {
        val response = post("offer", """{"account":"$account"}""")
        return text(response, "offer") to text(response, "link")
    }

    /** Enters the confirmation code of an enrolment. */
    fun confirm(offer: String, code: String) {
        post("confirm", """{"offer":"$offer","code":"$code"}""")
    }

    /** Creates an approval request whose binding value is [code], and returns its identifier. */
    fun approvalRequest(account: String, code: String): String {
        val client = """{"id":"shop","name":"ACME Shop"}"""
        val binding = """"binding":{"mode":"entry","value":"$code"}"""
        val body = """{"account":"$account","client":$client,"scope":"openid",$binding,"details":[],"expires_in":120}"""
        return text(post("approval-requests", body), "approval_request")
    }

    /** Returns the state of an approval request. */
    fun outcome(approvalRequest: String): String = text(call("outcome/$approvalRequest", null), "outcome")

    /** Waits for the next push for a token and returns its members. */
    fun push(token: String): Map<String, String> {
        val response = post("pushes", """{"token":"$token","wait_ms":10000}""").substringAfter("[")
        return MEMBER.findAll(response).associate { it.groupValues[1] to it.groupValues[2] }
    }

    private fun post(path: String, body: String): String = call(path, body)

    private fun call(path: String, body: String?): String {
        val connection = URL("$control/$path").openConnection() as HttpURLConnection
        if (body != null) {
            connection.doOutput = true
            connection.setRequestProperty("content-type", "application/json")
            connection.outputStream.use { it.write(body.toByteArray()) }
        }
        return connection.inputStream.use { String(it.readBytes()) }
    }

    private fun text(json: String, name: String): String =
        checkNotNull(MEMBER.findAll(json).firstOrNull { it.groupValues[1] == name }) {
            "no member $name in $json"
        }.groupValues[2]

    private companion object {
        /** A JSON member whose value is a string without escapes. */
        val MEMBER = Regex("\"([a-z_]+)\"\\s*:\\s*\"([^\"\\\\]*)\"")
    }
}
