//! Wiping of the stack.
//!
//! A call leaves its variables on the stack. The variables of ring and p256 include key schedules,
//! scalars and hash blocks that these libraries do not wipe.

use std::hint::black_box;

/// The number of bytes to overwrite, which is more stack than the calls of this library use when
/// they work with a key.
const STACK_BYTES: usize = 32 * 1024;

/// Runs `work`, which has keys on the stack, and overwrites the used part of the stack afterwards.
///
/// The result is moved to the caller and must not be secret. Otherwise the caller must be wrapped
/// as well.
pub fn stack_after<T>(work: impl FnOnce() -> T) -> T {
    let result = below(work);
    overwrite();
    result
}

/// Runs `work` in a frame of its own, below the frame of the caller.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    // Prevents the optimiser from removing the write.
    black_box(&mut [0_u8; STACK_BYTES]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_wipe_returns_the_result() {
        assert_eq!(stack_after(|| stack_after(|| vec![1, 2, 3])), [1, 2, 3]);
    }
}
