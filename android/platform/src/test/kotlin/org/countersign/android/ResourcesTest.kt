package org.countersign.android

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class ResourcesTest {
    @Test
    fun `every language has every string, and the numbers have the names of the strings`() {
        val names = numbers().keys
        assertEquals(names.size, numbers().values.toSet().size)
        for (language in LANGUAGES) assertEquals(language, names, TestStrings.read(language).keys)
    }

    @Test
    fun `places in strings are the same in every language, and each language names itself`() {
        val english = TestStrings.read("en")
        for (language in LANGUAGES) {
            val strings = TestStrings.read(language)
            assertEquals(language, strings["countersign_language"])
            for ((name, text) in strings) {
                assertEquals("$name in $language", places(english.getValue(name)), places(text))
                assertTrue("$name in $language", text.isNotBlank())
            }
        }
    }

    @Test
    fun `there is nothing but strings in these languages`() {
        val files = File(TestStrings.folder).walk().filter { it.isFile }.map { it.relativeTo(File(TestStrings.folder)).path }.toSet()
        assertEquals(LANGUAGES.map(TestStrings::file).toSet(), files)
    }

    private fun places(text: String) = Regex("%[^ %]*").findAll(text).map { it.value }.toList()

    private fun numbers() = R.string::class.java.declaredFields.filter { it.type == Int::class.java }.associate { it.name to it.getInt(null) }

    private companion object {
        val LANGUAGES = listOf("en", "de", "fr", "es", "ja")
    }
}
