//! The form in which ring stores the private half of a P-256 key: `d · 2^256 mod n` in
//! little-endian limbs.

use p256::Scalar;
use p256::elliptic_curve::PrimeField as _;

/// Returns the bytes in memory, or `None` if the input is not a scalar.
pub(crate) fn limbs(scalar: &[u8]) -> Vec<u8> {
    let bytes: [u8; 32] = scalar.try_into().unwrap_or([0xFF; 32]);
    let Some(scalar) = Option::<Scalar>::from(Scalar::from_repr(bytes.into())) else { return Vec::new() };
    let mut product = scalar;
    for _ in 0..256 {
        product = product + product;
    }
    product.to_repr().iter().rev().copied().collect()
}
