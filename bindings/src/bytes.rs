//! Bytes that cross the boundary in one copy. uniffi writes a `Vec<u8>` one number at a time.

use uniffi::{FfiConverter, MetadataBuffer, TypeId, check_remaining, ffi_converter_rust_buffer_lift_and_lower};

use crate::UniFfiTag;

/// A `Vec<u8>` for foreign code: `ByteArray` in Kotlin, `Data` in Swift. It has no debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

// SAFETY: it writes and reads the format of `Vec<u8>`, which is its length as four bytes and then
// every byte. It never reads past the end. So both sides agree on the type in `TYPE_ID_META`.
unsafe impl FfiConverter<UniFfiTag> for Bytes {
    ffi_converter_rust_buffer_lift_and_lower!(UniFfiTag);

    fn write(Self(bytes): Self, buffer: &mut Vec<u8>) {
        // A longer array cannot exist in the JVM. The reader rejects it because bytes are left over.
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        buffer.reserve(size_of::<i32>() + bytes.len());
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(&bytes);
    }

    fn try_read(buffer: &mut &[u8]) -> uniffi::Result<Self> {
        let length = usize::try_from(<i32 as FfiConverter<UniFfiTag>>::try_read(buffer)?)?;
        check_remaining(buffer, length)?;
        let (bytes, rest) = buffer.split_at(length);
        *buffer = rest;
        Ok(Self(bytes.to_vec()))
    }

    const TYPE_ID_META: MetadataBuffer = <Vec<u8> as TypeId<UniFfiTag>>::TYPE_ID_META;
}

uniffi::derive_ffi_traits!(local Bytes);

#[cfg(test)]
mod tests {
    use uniffi::{Lift, Lower};

    use super::*;

    fn list(bytes: &[u8]) -> Vec<u8> {
        let mut written = Vec::new();
        <Vec<u8> as Lower<UniFfiTag>>::write(bytes.to_vec(), &mut written);
        written
    }

    fn type_id<T: TypeId<UniFfiTag>>() -> Vec<u8> {
        let buffer = T::TYPE_ID_META;
        buffer.bytes.get(..buffer.size).unwrap().to_vec()
    }

    #[test]
    fn bytes_use_the_format_of_a_byte_list() {
        for length in [0, 1, 300, 70_000] {
            let bytes: Vec<u8> = (0..length).map(|index| u8::try_from(index % 256).unwrap()).collect();
            let mut written = b"before".to_vec();
            <Bytes as Lower<UniFfiTag>>::write(Bytes(bytes.clone()), &mut written);
            assert_eq!(written, [b"before", list(&bytes).as_slice()].concat());

            written.extend_from_slice(b"after");
            let mut rest = written.get(6..).unwrap();
            assert!(<Bytes as Lift<UniFfiTag>>::try_read(&mut rest).unwrap().0 == bytes);
            assert_eq!(rest, b"after");
        }
        assert_eq!(type_id::<Bytes>(), type_id::<Vec<u8>>());
    }

    #[test]
    fn truncated_or_negative_length_is_rejected() {
        let whole = list(b"abc");
        for length in 0..whole.len() {
            assert!(<Bytes as Lift<UniFfiTag>>::try_read(&mut whole.get(..length).unwrap()).is_err(), "{length}");
        }
        let negative = [&(-1_i32).to_be_bytes()[..], &[0; 8]].concat();
        assert!(<Bytes as Lift<UniFfiTag>>::try_read(&mut negative.as_slice()).is_err());
    }
}
