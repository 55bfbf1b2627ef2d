package org.countersign

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Checks on the public API: the generated bindings and the library around them. */
internal class ApiTest {
    /** A public declaration. [documented] is true if it has KDoc. */
    private data class Item(val name: String, val documented: Boolean, val line: String)

    private val source: List<String> by lazy {
        val folder = checkNotNull(System.getProperty("countersign.bindings")) {
            "set the system property countersign.bindings to the folder of the generated Kotlin"
        }
        File(folder, "org/countersign/countersign.kt").readLines()
    }

    private val wrapper: List<File> by lazy {
        File("src/main/kotlin").walk().filter { it.extension == "kt" }.toList()
    }

    /**
     * Returns the public declarations: those that are neither hidden nor inside a hidden
     * declaration or a function. An override inherits its documentation.
     */
    private fun items(source: List<String>): List<Item> {
        val items = ArrayList<Item>()
        var depth = 0
        // The depths at which a hidden declaration or a function begins.
        val closed = ArrayDeque<Int>()
        var (documented, inComment) = false to false
        for (raw in source) {
            val line = raw.trim()
            if (line.startsWith("/**")) documented = true
            if (line.startsWith("/*")) inComment = true
            if (inComment) {
                if (line.contains("*/")) inComment = false
                continue
            }
            if (line.isEmpty() || line.startsWith("//") || line.startsWith("@")) continue
            while (closed.isNotEmpty() && depth <= closed.last()) closed.removeLast()
            val declaration = DECLARATION.find(line)
            val entry = ENUM_ENTRY.find(line)
            if (closed.isEmpty() && (declaration != null || entry != null)) {
                val modifiers = line.substringBefore(declaration?.groupValues?.get(1) ?: line).split(' ')
                val hidden = "internal" in modifiers || "private" in modifiers
                val name = declaration?.groupValues?.get(2) ?: entry!!.groupValues[1]
                if (!hidden && "override" !in modifiers) items.add(Item(name, documented, line))
                val body = declaration?.groupValues?.get(1) in setOf("fun", "constructor")
                if (hidden || body) closed.addLast(depth)
            }
            documented = false
            depth += line.count { it in "{(" } - line.count { it in "})" }
        }
        return items
    }

    @Test
    fun `every public item is documented`() {
        val generated = items(source)
        val written = wrapper.flatMap { items(it.readLines()) }
        println("${generated.size} generated and ${written.size} written public items, all documented")
        assertTrue(generated.size > 200, "only ${generated.size} generated items were found")
        assertTrue(written.size > 8, "only ${written.size} written items were found")
        val undocumented = (generated + written).filter { !it.documented }
            // The only member of `LabelKey.Role`. Its documentation is on the class.
            .filterNot { it.line.startsWith("val v1: org.countersign.Role)") }
        assertEquals(emptyList<Item>(), undocumented)
    }

    @Test
    fun `public items do not name the binding generator`() {
        val plumbing = listOf("uniffi", "ffi", "rustbuffer", "handle", "jna", "disposable")
        val found = items(source).filter { item -> plumbing.any { it in item.line.substringBefore(" {").lowercase() } }
        // The handle of a key is part of the key store API.
            .filterNot { "`handle`: kotlin.String" in it.line }
            // The approval session handles events.
            .filterNot { it.line.startsWith("fun `handle`(`atMs`") }
        assertEquals(emptyList<Item>(), found)
    }

    @Test
    fun `toString of values contains no secret`() {
        val secret = "s3cret"
        val shown = listOf(
            PushAddress(PushKind.FCM, secret),
            Header("dpop", secret),
            HttpRequest("POST", "https://bank.example/", listOf(Header("dpop", secret)), secret.toByteArray(), 1u, 1u),
            HttpResponse(200u, secret, secret.toByteArray()),
            EnrolmentInfo(
                "id", "https://bank.example", "Bank", "alice", EnrolmentState.PENDING, secret,
                Protections(Protection.SOFTWARE, Protection.SOFTWARE, Protection.SOFTWARE), null, null,
            ),
            Prompt(PromptPurpose.APPROVE, "Bank", "bank.example"),
            SpkiPin.parse("sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ).map { it.toString() }
        for (text in shown) assertFalse(secret in text, text)
        assertTrue(shown.first().startsWith("PushAddress("))
    }

    @Test
    fun `records contain no secret members`() {
        val names = listOf("secret", "private", "seed", "password", "sealing", "signature")
        val records = source.filter { it.startsWith("    val `") }
        assertTrue(records.size > 30)
        assertEquals(emptyList<String>(), records.filter { line -> names.any { it in line.lowercase() } })
    }

    private companion object {
        const val MODIFIERS =
            "public|internal|private|protected|override|open|abstract|data|enum|sealed|suspend|inline|const|external"
        const val KINDS = "class|interface|object|fun|val|var|constructor"
        val DECLARATION = Regex("^(?:(?:$MODIFIERS)\\s+)*($KINDS)\\b\\s*(?:<[^>]*>\\s*)?([`\\w.]*)")
        val ENUM_ENTRY = Regex("^([A-Z][A-Z0-9_]*)[,;]$")
    }
}
