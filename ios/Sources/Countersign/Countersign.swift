// The types of the library, and the protocols that a platform implements for it.
@_exported import CountersignFFI
