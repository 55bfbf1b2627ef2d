package org.countersign.android

/**
 * Returns a name for use inside a sentence. Its text direction cannot reorder the sentence (UAX
 * #9).
 */
internal fun isolated(name: String): String = "\u2068$name\u2069"
