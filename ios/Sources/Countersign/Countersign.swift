// Exports the types of the Rust library and the protocols that a platform implements.
@_exported import CountersignFFI
