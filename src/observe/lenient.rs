//! Reading that never fails: one odd field must not hide a whole object, and one
//! odd object must not stop a watch.
//!
//! A field of the wrong type reads as its default; the rest of the object is
//! read as if the field were absent.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use std::fmt;
use std::marker::PhantomData;

/// For `#[serde(deserialize_with)]`: the value, or its default where the type is wrong.
pub(super) fn field<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Lenient::<T>::deserialize(deserializer)?.0.unwrap_or_default())
}

/// For `#[serde(deserialize_with)]`: the value, or `None` where it is absent or the type is wrong.
pub(super) fn optional<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Lenient::<T>::deserialize(deserializer)?.0)
}

/// For `#[serde(deserialize_with)]`: the items of a list that can be read.
pub(super) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let items: Vec<Lenient<T>> = field(deserializer)?;
    Ok(items.into_iter().filter_map(|item| item.0).collect())
}

/// A value that is `None` when it could not be read as a `T`.
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor(PhantomData))
    }
}

struct LenientVisitor<T>(PhantomData<T>);

/// Reads a scalar by handing it to `T` through serde's own value deserializer.
macro_rules! scalar {
    ($visit:ident, $type:ty) => {
        fn $visit<E: Error>(self, value: $type) -> Result<Self::Value, E> {
            let read: Result<T, serde::de::value::Error> =
                T::deserialize(value.into_deserializer());
            Ok(Lenient(read.ok()))
        }
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for LenientVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalar!(visit_bool, bool);
    scalar!(visit_i64, i64);
    scalar!(visit_u64, u64);
    scalar!(visit_f64, f64);
    scalar!(visit_str, &str);
    scalar!(visit_string, String);

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Lenient(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let read = T::deserialize(SeqAccessDeserializer::new(&mut seq)).ok();
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let read = T::deserialize(MapAccessDeserializer::new(&mut map)).ok();
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Lenient(read))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Odd {
        #[serde(default, deserialize_with = "super::field")]
        name: String,
        #[serde(default, deserialize_with = "super::optional")]
        inner: Option<Inner>,
        #[serde(default, deserialize_with = "super::list")]
        items: Vec<Inner>,
        #[serde(default)]
        last: i32,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Inner {
        #[serde(default, deserialize_with = "super::optional")]
        count: Option<i32>,
    }

    #[test]
    fn what_is_right_is_read() {
        let odd: Odd = serde_json::from_str(
            r#"{"name":"a","inner":{"count":1},"items":[{"count":2}],"last":7}"#,
        )
        .expect("valid");
        assert_eq!(
            odd,
            Odd {
                name: "a".into(),
                inner: Some(Inner { count: Some(1) }),
                items: vec![Inner { count: Some(2) }],
                last: 7
            }
        );
    }

    #[test]
    fn what_is_odd_reads_as_absent_and_the_rest_survives() {
        for odd in [
            r#"{"name":{"x":[1]},"inner":true,"items":{"a":1},"last":7}"#,
            r#"{"name":7,"inner":"x","items":["x",4,true],"last":7}"#,
            r#"{"name":null,"inner":{"count":"many"},"items":null,"last":7}"#,
        ] {
            let read: Odd = serde_json::from_str(odd).expect(odd);
            assert_eq!((read.name.as_str(), read.last), ("", 7), "{odd}");
            assert!(read.items.is_empty() && read.inner.unwrap_or_default().count.is_none());
        }
    }
}
