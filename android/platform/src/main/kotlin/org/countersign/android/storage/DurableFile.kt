package org.countersign.android.storage

import java.io.File
import java.io.FileNotFoundException
import java.io.FileOutputStream
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption

/** A file that is replaced atomically. After a crash it has either the old or the new content. */
internal class DurableFile(private val file: File) {
    private val next = File(file.path + ".next")

    /** Returns the content, or null if the file does not exist. */
    @Throws(IOException::class)
    fun read(): ByteArray? =
        try {
            file.readBytes()
        } catch (missing: FileNotFoundException) {
            // This exception is also thrown for a file that exists and cannot be opened.
            if (file.exists()) throw missing else null
        }

    /**
     * Replaces the content. It is on the disk when this returns.
     *
     * After an exception the file has the old or the new content. If only the folder could not be
     * synced, it has the new content.
     */
    @Throws(IOException::class)
    fun replace(bytes: ByteArray) {
        val folder = file.absoluteFile.parentFile ?: throw IOException("the state file's path has no parent folder")
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
            throw IOException("the folder cannot be created")
        }
        FileOutputStream(next).use {
            it.write(bytes)
            it.fd.sync()
        }
        if (!next.renameTo(file)) throw IOException("the file cannot be replaced")
        // Syncing the folder makes the rename durable.
        FileChannel.open(folder.toPath(), StandardOpenOption.READ).use { it.force(true) }
    }

    /** Deletes the file. A missing file is not an error. */
    @Throws(IOException::class)
    fun delete() {
        next.delete()
        if (!file.delete() && file.exists()) throw IOException("the file cannot be deleted")
    }
}
