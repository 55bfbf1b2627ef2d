package org.countersign.android

import android.content.res.Resources
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The library's strings for tests, read from the resource files under the numbers of [R]. */
@Suppress("DEPRECATION")
internal class TestStrings(
    base: Resources,
    language: String = "en",
) : Resources(base.assets, base.displayMetrics, base.configuration) {
    private val strings = read(language)

    override fun getText(id: Int): CharSequence = names[id]?.let(strings::getValue) ?: super.getText(id)

    override fun getString(id: Int): String = getText(id).toString()

    override fun getString(id: Int, vararg formatArgs: Any?): String =
        String.format(configuration.locales[0], getString(id), *formatArgs)

    companion object {
        val folder: String = checkNotNull(System.getProperty("countersign.res")) {
            "set the system property countersign.res to the folder of resources"
        }

        private val names by lazy {
            R.string::class.java.declaredFields.filter { it.type == Int::class.java }
                .associate { it.getInt(null) to it.name }
        }

        fun file(language: String): String =
            if (language == "en") "values/strings.xml" else "values-$language/strings.xml"

        fun read(language: String): Map<String, String> {
            val document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(File(folder, file(language)))
            val strings = document.getElementsByTagName("string")
            return (0 until strings.length).map { strings.item(it) }
                .associate { it.attributes.getNamedItem("name").nodeValue to it.textContent.replace("\\'", "'") }
        }
    }
}
