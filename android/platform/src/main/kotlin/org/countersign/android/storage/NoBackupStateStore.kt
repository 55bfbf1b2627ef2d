package org.countersign.android.storage

import android.content.Context
import java.io.File
import java.io.IOException
import org.countersign.StateStore
import org.countersign.StateStoreException

/**
 * Stores the sealed state in a file that is excluded from backups. The keys that unseal it cannot
 * leave the phone.
 *
 * After an exception of [save] the library reads the file. If it has the new bytes, the write
 * counts. Only one authenticator may use the file at a time.
 */
public class NoBackupStateStore internal constructor(file: File) : StateStore {
    private val file = DurableFile(file)

    /** Stores the state in the app's `noBackupFilesDir`. */
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

/** Returns the folder of all files of this library. */
internal fun countersignFolder(context: Context): File =
    File(context.applicationContext.noBackupFilesDir, "countersign")
