package org.countersign.android.storage

import java.io.File
import java.nio.file.Files
import org.countersign.StateStoreException
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test

class NoBackupStateStoreTest {
    private val folder: File = Files.createTempDirectory("state").toFile()
    private val file = File(folder, "deep/er/state")

    @Test
    fun `nothing is there until something is saved`() {
        assertNull(NoBackupStateStore(file).load())
        NoBackupStateStore(file).save(byteArrayOf(1))
        NoBackupStateStore(file).save(byteArrayOf(2, 3))
        assertArrayEquals(byteArrayOf(2, 3), NoBackupStateStore(file).load())
        assertFalse(File(file.path + ".next").exists())
    }

    @Test
    fun `what a crash left half written does not count`() {
        val store = NoBackupStateStore(file)
        store.save(byteArrayOf(1, 2))
        File(file.path + ".next").writeBytes(byteArrayOf(9))
        assertArrayEquals(byteArrayOf(1, 2), store.load())
        store.save(byteArrayOf(3))
        assertArrayEquals(byteArrayOf(3), store.load())
    }

    @Test
    fun `a place that cannot be written is a typed error and keeps the old state`() {
        val store = NoBackupStateStore(file)
        store.save(byteArrayOf(1))
        File(file.path + ".next").mkdir()
        assertThrows(StateStoreException.Failed::class.java) { store.save(byteArrayOf(2)) }
        assertArrayEquals(byteArrayOf(1), store.load())
        assertThrows(StateStoreException.Failed::class.java) { NoBackupStateStore(File(file, "below a file")).save(byteArrayOf(1)) }
        assertThrows(StateStoreException.Failed::class.java) { NoBackupStateStore(folder).load() }
    }
}
