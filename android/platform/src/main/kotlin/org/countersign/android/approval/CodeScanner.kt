package org.countersign.android.approval

/** The app's own scanner of QR codes. The approval screen asks it for the code that the other screen shows. */
public fun interface CodeScanner {
    /**
     * Opens the camera.
     *
     * @param found is to be called on the main thread with the text of the code, exactly as it was read; not at all if the user
     * gives up
     */
    public fun scan(found: (String) -> Unit)
}
