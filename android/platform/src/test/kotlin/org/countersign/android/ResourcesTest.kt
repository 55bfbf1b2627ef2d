package org.countersign.android

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class ResourcesTest {
    @Test
    fun `every language has every string and R names them all`() {
        val names = numbers().keys
        assertEquals(names.size, numbers().values.toSet().size)
        for (language in LANGUAGES) assertEquals(language, names, TestStrings.read(language).keys)
    }

    @Test
    fun `placeholders are equal in all languages`() {
        val english = TestStrings.read("en")
        for (language in LANGUAGES) {
            val strings = TestStrings.read(language)
            assertEquals(language, strings["countersign_language"])
            for ((name, text) in strings) {
                assertEquals("$name in $language", placeholders(english.getValue(name)), placeholders(text))
                assertTrue("$name in $language", text.isNotBlank())
            }
        }
    }

    @Test
    fun `resources contain only the strings of five languages`() {
        val folder = File(TestStrings.folder)
        val files = folder.walk().filter { it.isFile }.map { it.relativeTo(folder).path }.toSet()
        assertEquals(LANGUAGES.map(TestStrings::file).toSet(), files)
    }

    private fun placeholders(text: String) = Regex("%(\\d+\\$)?\\w").findAll(text).map { it.value }.toList()

    private fun numbers() =
        R.string::class.java.declaredFields.filter { it.type == Int::class.java }
            .associate { it.name to it.getInt(null) }

    private companion object {
        val LANGUAGES = listOf("en", "de", "fr", "es", "ja")
    }
}
