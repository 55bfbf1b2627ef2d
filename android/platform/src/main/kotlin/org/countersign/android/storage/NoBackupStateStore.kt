package org.countersign.android.storage

import android.content.Context
import java.io.File
import java.io.IOException
import org.countersign.StateStore
import org.countersign.StateStoreException

/**
 * Keeps the sealed state in a file that is never part of a backup: its keys do not leave the phone, so neither does what they
 * seal.
 */
public class NoBackupStateStore internal constructor(file: File) : StateStore {
    private val file = DurableFile(file)

    /** Keeps the state in the app's folder for files that are not backed up. */
    public constructor(context: Context) : this(File(countersignFolder(context), "state"))

    override fun load(): ByteArray? = typed { file.read() }

    @Synchronized
    override fun save(bytes: ByteArray): Unit = typed { file.replace(bytes) }

    private inline fun <T> typed(block: () -> T): T =
        try {
            block()
        } catch (failure: IOException) {
            throw StateStoreException.Failed(failure.message ?: failure.javaClass.simpleName)
        } catch (failure: SecurityException) {
            throw StateStoreException.Failed(failure.message ?: failure.javaClass.simpleName)
        }
}

/** Where everything lies that this library keeps in files. */
internal fun countersignFolder(context: Context): File = File(context.applicationContext.noBackupFilesDir, "countersign")
