//! `uniffi-bindgen` in the version that the library is built with: another one would make code that refuses to load it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
