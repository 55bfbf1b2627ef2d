package org.countersign.android.storage

import java.io.File
import java.io.FileNotFoundException
import java.io.FileOutputStream
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption

/** A file that is replaced as a whole: after a crash the old bytes are there, or the new ones. */
internal class DurableFile(private val file: File) {
    private val next = File(file.path + ".next")

    /** The bytes last written; nothing if none ever were. */
    @Throws(IOException::class)
    fun read(): ByteArray? =
        try {
            file.readBytes()
        } catch (missing: FileNotFoundException) {
            // Also thrown for a file that is there and cannot be opened.
            if (file.exists()) throw missing else null
        }

    /** Replaces the bytes; they are on the disk when this returns. */
    @Throws(IOException::class)
    fun replace(bytes: ByteArray) {
        val folder = file.absoluteFile.parentFile ?: throw IOException("a state file lies in a folder")
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) throw IOException("the folder cannot be made")
        FileOutputStream(next).use {
            it.write(bytes)
            it.fd.sync()
        }
        if (!next.renameTo(file)) throw IOException("the file cannot be replaced")
        // The rename itself is durable once the folder is.
        FileChannel.open(folder.toPath(), StandardOpenOption.READ).use { it.force(true) }
    }

    /** Deletes the file; one that is not there is no error. */
    @Throws(IOException::class)
    fun delete() {
        next.delete()
        if (!file.delete() && file.exists()) throw IOException("the file cannot be deleted")
    }
}
