package org.example.bank

import java.net.HttpURLConnection
import java.net.URL

/** The control interface of a bank under test. */
class Bank(private val control: String) {
    /** The name of an offer and its link. */
    fun offer(account: String): Pair<String, String> {
        val answer = post("offer", """{"account":"$account"}""")
        return text(answer, "offer") to text(answer, "link")
    }

    fun confirm(offer: String, code: String) {
        post("confirm", """{"offer":"$offer","code":"$code"}""")
    }

    fun ask(account: String, code: String): String {
        val client = """{"id":"shop","name":"ACME Shop"}"""
        val binding = """{"mode":"entry","value":"$code"}"""
        val body = """{"account":"$account","client":$client,"scope":"openid","binding":$binding,"details":[],"expires_in":120}"""
        return text(post("ask", body), "ask")
    }

    fun outcome(ask: String): String = text(call("outcome/$ask", null), "outcome")

    /** The next push for a token. */
    fun push(token: String): Map<String, String> {
        val answer = post("pushes", """{"token":"$token","wait_ms":10000}""").substringAfter("[")
        return MEMBER.findAll(answer).associate { it.groupValues[1] to it.groupValues[2] }
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
        checkNotNull(MEMBER.findAll(json).firstOrNull { it.groupValues[1] == name }) { "no $name in $json" }.groupValues[2]

    private companion object {
        /** A member of an object whose value is a text without escapes. */
        val MEMBER = Regex("\"([a-z_]+)\"\\s*:\\s*\"([^\"\\\\]*)\"")
    }
}
