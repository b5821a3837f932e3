//! A hash that is the same on every machine and in every version: FNV-1a.
//!
//! Buckets of the store, seeds of series and names of imports depend on it, so that it must never
//! change. The parameters are those of Fowler, Noll and Vo
//! (<http://www.isthe.com/chongo/tech/comp/fnv/>).

/// The hash of no bytes, 64 bits.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// The prime that each byte multiplies by, 64 bits.
const PRIME: u64 = 0x0100_0000_01b3;
/// The hash of no bytes, 128 bits.
const WIDE_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
/// The prime that each byte multiplies by, 128 bits.
const WIDE_PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;

/// Return the FNV-1a hash of `bytes`, 64 bits.
///
/// Its low bits alone mix badly: fold the upper half in before taking a remainder.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    fold(BASIS, bytes)
}

/// Return the FNV-1a hash of `text`, mixed with a seed: a seed of its own for each series, so that
/// its draws do not depend on which other series are requested.
pub fn seeded_hash(seed: u64, text: &str) -> u64 {
    fold(BASIS ^ seed, text.as_bytes())
}

fn fold(start: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(start, step)
}

/// The FNV-1a hash of a stream of bytes, 128 bits: long enough to stand for the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(u128);

impl ContentHash {
    /// Return the hash of no bytes.
    pub fn new() -> Self {
        Self(WIDE_BASIS)
    }

    /// Add bytes to the hash.
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(WIDE_PRIME);
        }
    }
}

impl Default for ContentHash {
    fn default() -> Self {
        Self::new()
    }
}

/// Thirty-two hexadecimal digits.
impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vectors of the authors, `fnv64` and `fnv128` of draft-eastlake-fnv.
    #[test]
    fn the_authors_test_vectors_hold() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(stable_hash(text.as_bytes()), hash, "{text}");
            assert_eq!(seeded_hash(0, text), hash, "{text}");
        }
        let mut wide = ContentHash::new();
        assert_eq!(wide.to_string(), "6c62272e07bb014262b821756295c58d");
        wide.update(b"a");
        assert_eq!(wide.to_string(), "d228cb696f1a8caf78912b704e4a8964");
    }

    #[test]
    fn a_seed_gives_another_hash() {
        assert_ne!(seeded_hash(1, "USA.CHN.M"), seeded_hash(2, "USA.CHN.M"));
    }

    #[test]
    fn bytes_may_come_in_pieces() {
        let (mut whole, mut pieces) = (ContentHash::new(), ContentHash::new());
        whole.update(b"foobar");
        pieces.update(b"foo");
        pieces.update(b"bar");
        assert_eq!(whole, pieces);
    }
}
