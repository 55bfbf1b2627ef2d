package org.countersign.android.approval

/** The app's QR code scanner. The approval screen uses it for the code on the other screen. */
public fun interface CodeScanner {
    /**
     * Opens the camera.
     *
     * @param found must be called on the main thread with the exact text of the code. If the user
     *   cancels, it must not be called.
     */
    public fun scan(found: (String) -> Unit)
}
