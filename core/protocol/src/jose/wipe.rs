//! What is left on the stack. A call that has returned leaves its variables behind, and those of ring and p256 hold keys that
//! nothing wipes: key schedules, scalars, blocks of a hash.

use std::hint::black_box;

/// More than the calls of this library reach down when they work with a key.
const STACK_BYTES: usize = 32 * 1024;

/// Does work that has keys on the stack, and overwrites what it left there. What it gives is moved to the caller: let it be
/// no secret, or call this around the caller too.
pub fn stack_after<T>(work: impl FnOnce() -> T) -> T {
    let done = below(work);
    overwrite();
    done
}

/// In a frame of its own, so that everything of `work` lies below that of the caller.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    // The optimiser has to believe that somebody looks at it.
    black_box(&mut [0_u8; STACK_BYTES]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_the_work_gave() {
        assert_eq!(stack_after(|| stack_after(|| vec![1, 2, 3])), [1, 2, 3]);
    }
}
