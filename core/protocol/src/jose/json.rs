//! Strict JSON (RFC 8259): a derived type accepts exactly one shape.
//!
//! serde's derived types also accept a JSON array where a struct is expected (`["EUR","42.50"]` for
//! `{"currency":…,"amount":…}`), and `null` for an absent optional member. Then two texts of
//! different shape would have the same meaning. [`from_str`] and [`from_slice`] wrap the
//! deserializer. At every depth, a struct is an object, and `null` is not accepted for an optional
//! member.
//!
//! The types themselves use `deny_unknown_fields`, and the derived code rejects duplicate members
//! of a struct. No type of this crate has a float, so only integers are accepted as numbers.
//!
//! [`from_own`] reads data that the device wrote itself. There, `null` can stand for an absent
//! member. Both modes share one reader that knows its mode at run time. A second deserializer type
//! would compile every type twice.
//!
//! Types read by this module must not use serde's `tag`, `untagged` or `flatten`. They read through
//! a buffer that the wrapper cannot inspect. A message type with alternatives is an externally
//! tagged enum, or a struct with a checked conversion.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Parses exactly one JSON document.
///
/// # Errors
/// [`serde_json::Error`] if the text does not have exactly the shape of the type.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    from_slice(text.as_bytes())
}

/// Parses exactly one JSON document in UTF-8.
///
/// # Errors
/// [`serde_json::Error`] if the text does not have exactly the shape of the type.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    read(bytes, Null::Rejected)
}

/// Parses like [`from_slice`], but accepts `null` for an absent optional member. For data that the
/// device wrote and protected itself.
///
/// # Errors
/// [`serde_json::Error`] if the text does not have the shape of the type.
pub fn from_own<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    read(bytes, Null::Absent)
}

fn read<T: DeserializeOwned>(bytes: &[u8], null: Null) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Strict(&mut reader, null))?;
    reader.end()?;
    Ok(value)
}

/// The meaning of `null` in place of an optional member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Rejected,
    Absent,
}

/// A deserializer, visitor or access in strict mode.
struct Strict<T>(T, Null);

/// Forwards a method to the inner deserializer with the visitor wrapped.
macro_rules! forward {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Strict(visitor, self.1))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    forward! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_unit deserialize_seq deserialize_map deserialize_identifier deserialize_ignored_any
    }

    /// Requires an object and never accepts an array.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor, self.1))
    }

    /// Rejects `null` for an optional member unless the mode accepts it.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        match self.1 {
            Null::Rejected => visitor.visit_some(self),
            Null::Absent => self.0.deserialize_option(Strict(visitor, self.1)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Strict(visitor, self.1))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Strict(visitor, self.1))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, Strict(visitor, self.1))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, Strict(visitor, self.1))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, len, Strict(visitor, self.1))
    }
}

/// Forwards a scalar unchanged.
macro_rules! scalar {
    ($($method:ident: $type:ty)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    scalar! {
        visit_bool: bool visit_i64: i64 visit_i128: i128 visit_u64: u64 visit_u128: u128 visit_f64: f64
        visit_str: &str visit_borrowed_str: &'de str visit_string: String
        visit_bytes: &[u8] visit_borrowed_bytes: &'de [u8] visit_byte_buf: Vec<u8>
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(inner, self.1))
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(inner, self.1))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(access, self.1))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(access, self.1))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(access, self.1))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed, self.1))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(Strict(seed, self.1))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(Strict(seed, self.1))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), A::Error> {
        let (value, variant) = self.0.variant_seed(Strict(seed, self.1))?;
        Ok((value, Strict(variant, self.1)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    /// Accepts a unit variant only as its bare name. `{"name":null}` would have the same meaning.
    fn unit_variant(self) -> Result<(), A::Error> {
        let mut has_value = false;
        // The call fails if the variant is a bare name, because then there is no value to read.
        let _rejected = self.0.newtype_variant_seed(Value(&mut has_value));
        if has_value { Err(de::Error::custom("a unit variant has no value")) } else { Ok(()) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed, self.1))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Strict(visitor, self.1))
    }

    /// Requires an object for a struct variant. It is read as a newtype around an object.
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Object(visitor, self.1))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(inner, self.1))
    }
}

/// Records that there is a value and leaves it unread.
struct Value<'a>(&'a mut bool);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _inner: D) -> Result<(), D::Error> {
        *self.0 = true;
        Ok(())
    }
}

/// Reads an object with a visitor.
struct Object<V>(V, Null);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Object<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_map(Strict(self.0, self.1))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        inner: Inner,
        list: Vec<Inner>,
        maybe: Option<Inner>,
        choice: Choice,
        raw: Box<RawValue>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        a: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Choice {
        Unit,
        New(Inner),
        Open { a: u32 },
    }

    fn text(inner: &str, list: &str, maybe: &str, choice: &str) -> String {
        let maybe = if maybe.is_empty() { String::new() } else { format!(r#""maybe":{maybe},"#) };
        format!(r#"{{"inner":{inner},"list":{list},{maybe}"choice":{choice},"raw":{{"b": [1.5, 2]}}}}"#)
    }

    const GOOD: &str = r#"{"a":1}"#;

    #[test]
    fn strict_json_accepts_declared_shapes() {
        let read: Outer = from_str(&text(GOOD, "[{\"a\":2}]", GOOD, "\"unit\"")).unwrap();
        assert_eq!((read.inner, read.list, read.maybe), (Inner { a: 1 }, vec![Inner { a: 2 }], Some(Inner { a: 1 })));
        assert_eq!(read.choice, Choice::Unit);
        assert_eq!(read.raw.get(), r#"{"b": [1.5, 2]}"#);
        let read: Outer = from_str(&text(GOOD, "[]", "", "{\"new\":{\"a\":3}}")).unwrap();
        assert_eq!(read.choice, Choice::New(Inner { a: 3 }));
        let read: Outer = from_str(&text(GOOD, "[]", "", "{\"open\":{\"a\":3}}")).unwrap();
        assert_eq!(read.choice, Choice::Open { a: 3 });
    }

    #[test]
    fn array_instead_of_struct_is_rejected() {
        for bad in [
            text("[1]", "[]", "", "\"unit\""),
            text(GOOD, "[[1]]", "", "\"unit\""),
            text(GOOD, "[]", "[1]", "\"unit\""),
            text(GOOD, "[]", "", "{\"new\":[3]}"),
            text(GOOD, "[]", "", "{\"open\":[3]}"),
            "[]".to_owned(),
        ] {
            assert!(from_str::<Outer>(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn null_for_optional_member_is_rejected() {
        let left_out: Outer = from_str(&text(GOOD, "[]", "", "\"unit\"")).unwrap();
        assert_eq!(left_out.maybe, None);
        assert!(from_str::<Outer>(&text(GOOD, "[]", "null", "\"unit\"")).is_err());
    }

    #[test]
    fn null_for_optional_member_is_accepted_in_own_data() {
        let own = |text: &str| from_own::<Outer>(text.as_bytes());
        assert_eq!(own(&text(GOOD, "[]", "null", "\"unit\"")).unwrap().maybe, None);
        assert_eq!(own(&text(GOOD, "[]", GOOD, "\"unit\"")).unwrap().maybe, Some(Inner { a: 1 }));
        assert!(own(&text("null", "[]", "null", "\"unit\"")).is_err());
        assert!(own(&text("[1]", "[]", "null", "\"unit\"")).is_err());
    }

    #[test]
    fn malformed_members_and_trailing_text_are_rejected() {
        let members = [
            r#"{"a":1,"b":2}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            "{}",
            r#"{"a":"1"}"#,
            r#"{"a":1.0}"#,
            r#"{"a":-1}"#,
            r#"{"a":1e0}"#,
            r#"{"a":null}"#,
            r#"{"a":1,}"#,
            r#"{"a":1} x"#,
            r#"{"a":1}{}"#,
            "\u{feff}{\"a\":1}",
        ];
        for bad in members {
            assert!(from_str::<Inner>(bad).is_err(), "{bad}");
        }
        assert!(from_slice::<Inner>(b"{\"a\":1,\"\xff\":1}").is_err());
        assert!(from_str::<String>(r#""\ud800""#).is_err());
    }

    #[test]
    fn unit_variant_with_value_is_rejected() {
        assert_eq!(from_str::<Choice>("\"unit\"").unwrap(), Choice::Unit);
        for bad in ["{\"unit\":null}", "{\"unit\":{}}", "{\"unit\":1}", "{\"unit\":}", "{\"unit\"}", "\"new\"", "null"]
        {
            assert!(from_str::<Choice>(bad).is_err(), "{bad}");
            assert!(from_own::<Choice>(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_error_names_expected_type() {
        let said = |bad: &str| from_str::<Outer>(bad).unwrap_err().to_string();
        assert!(said("[]").contains("expected struct Outer"), "{}", said("[]"));
        let list = text(GOOD, "1", "", "\"unit\"");
        assert!(said(&list).contains("expected a sequence"), "{}", said(&list));
    }

    #[test]
    fn json_depth_is_bounded() {
        assert!(from_str::<serde_json::Value>(&"[".repeat(100_000)).is_err());
    }
}
