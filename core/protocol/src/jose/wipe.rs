//! Wiping of the stack and of the vector registers.
//!
//! A call leaves its variables on the stack and in the registers. The variables of ring and p256
//! include key schedules, scalars and hash blocks that these libraries do not wipe.

use std::hint::black_box;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The number of bytes to overwrite, which is more stack than the calls of this library use when
/// they work with a key.
const STACK_BYTES: usize = 32 * 1024;
/// The number of bytes to encrypt, which is more than ring encrypts with one use of each register.
const ENCRYPTED_BYTES: usize = 512;

/// Runs `work`, which handles secrets, and overwrites the used part of the stack and the vector
/// registers afterwards.
///
/// The result is moved to the caller and must not be secret. Otherwise the caller must be wrapped
/// as well.
pub fn after<T>(work: impl FnOnce() -> T) -> T {
    let result = below(work);
    overwrite_registers();
    overwrite_stack();
    result
}

/// Runs `work` in a frame of its own, below the frame of the caller.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Encrypts zeros with a key of zeros. Encryption with a real key leaves parts of that key in the
/// vector registers, and nothing else of an idle thread overwrites them.
#[inline(never)]
fn overwrite_registers() {
    let mut zeros = [0_u8; ENCRYPTED_BYTES];
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let sealed = UnboundKey::new(&AES_256_GCM, &[0; 32])
        .and_then(|key| LessSafeKey::new(key).seal_in_place_separate_tag(nonce, Aad::empty(), &mut zeros));
    black_box((sealed.is_ok(), zeros));
}

#[inline(never)]
fn overwrite_stack() {
    // Prevents the optimiser from removing the write.
    black_box(&mut [0_u8; STACK_BYTES]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wipe_returns_the_result() {
        assert_eq!(after(|| after(|| vec![1, 2, 3])), [1, 2, 3]);
    }
}
