//! UIDs, packed.

use super::text::line;
use std::fmt;
use std::sync::Arc;

/// The UID of an object: 16 bytes for a UUID, which is what API servers give.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Uid {
    /// A UUID in its canonical form.
    Uuid([u8; 16]),
    /// Anything else.
    Other(Arc<str>),
}

impl Uid {
    /// Reads a UID; only the canonical lower-case form is packed, so that it prints back unchanged.
    #[must_use]
    pub fn new(text: &str) -> Self {
        pack(text).map_or_else(|| Self::Other(line(text, 128).into()), Self::Uuid)
    }
}

/// Packs `8-4-4-4-12` lower-case hex into bytes.
fn pack(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    if text.len() != 36 {
        return None;
    }
    let (mut bytes, mut digits) = ([0u8; 16], 0);
    for (at, &c) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if c != b'-' {
                return None;
            }
            continue;
        }
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | digit;
        digits += 1;
    }
    Some(bytes)
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => f.write_str(text),
            Self::Uuid(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_packed_and_prints_back() {
        for text in [
            "12b57653-1fdc-4844-a5f3-f055c9166aad",
            "d1",
            "",
            "12B57653-1fdc-4844-a5f3-f055c9166aad",
        ] {
            assert_eq!(Uid::new(text).to_string(), text);
        }
        assert!(matches!(Uid::new("12b57653-1fdc-4844-a5f3-f055c9166aad"), Uid::Uuid(_)));
    }
}
