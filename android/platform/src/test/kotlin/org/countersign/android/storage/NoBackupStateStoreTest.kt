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
    fun `state is null before the first save and replaced after`() {
        assertNull(NoBackupStateStore(file).load())
        NoBackupStateStore(file).save(byteArrayOf(1))
        NoBackupStateStore(file).save(byteArrayOf(2, 3))
        assertArrayEquals(byteArrayOf(2, 3), NoBackupStateStore(file).load())
        assertFalse(File(file.path + ".next").exists())
    }

    @Test
    fun `partial write after a crash is ignored`() {
        val store = NoBackupStateStore(file)
        store.save(byteArrayOf(1, 2))
        File(file.path + ".next").writeBytes(byteArrayOf(9))
        assertArrayEquals(byteArrayOf(1, 2), store.load())
        store.save(byteArrayOf(3))
        assertArrayEquals(byteArrayOf(3), store.load())
    }

    @Test
    fun `failed write is a typed error and keeps the old state`() {
        val store = NoBackupStateStore(file)
        store.save(byteArrayOf(1))
        File(file.path + ".next").mkdir()
        assertThrows(StateStoreException.Failed::class.java) { store.save(byteArrayOf(2)) }
        assertArrayEquals(byteArrayOf(1), store.load())
        val belowFile = NoBackupStateStore(File(file, "state"))
        assertThrows(StateStoreException.Failed::class.java) { belowFile.save(byteArrayOf(1)) }
        assertThrows(StateStoreException.Failed::class.java) { NoBackupStateStore(folder).load() }
    }
}
