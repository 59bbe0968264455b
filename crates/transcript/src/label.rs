//! Names of the steps of a transcript, and the words that hold them.

/// Longest label, in bytes.
pub const LABEL_BYTES: usize = 23;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Start of a protocol; the label is its identifier.
    Protocol,
    /// Absorbed bytes.
    Bytes,
    /// Absorbed elements of the scalar field, 32 bytes each.
    Scalars,
    /// Absorbed points of the first group, 64 bytes each.
    Points,
    /// An absorbed 64-bit integer, 8 bytes.
    Integer,
    /// A drawn challenge.
    Challenge,
}

impl Kind {
    /// The first byte of its header.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Protocol => 0,
            Self::Bytes => 1,
            Self::Scalars => 2,
            Self::Points => 3,
            Self::Integer => 4,
            Self::Challenge => 5,
        }
    }
}

/// Name of a step: 1 to 23 printable ASCII bytes, padded with zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label([u8; LABEL_BYTES]);

impl Label {
    /// The label of this text; one that is empty or too long does not compile. What is not printable ASCII becomes
    /// a question mark, so that no label can imitate the padding.
    pub const fn new<const N: usize>(text: &[u8; N]) -> Self {
        const { assert!(N > 0 && N <= LABEL_BYTES, "a label has 1 to 23 bytes") }
        let mut label = [0u8; LABEL_BYTES];
        let mut i = 0;
        while i < N {
            label[i] = if text[i].is_ascii_graphic() { text[i] } else { b'?' };
            i += 1;
        }
        Self(label)
    }

    /// The text without the padding.
    pub fn text(&self) -> String {
        self.0.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
    }

    /// kind (1 byte), label (23 bytes), `number` (8 bytes, big-endian).
    pub(crate) fn header(&self, kind: Kind, number: u64) -> [u8; 32] {
        let mut header = [0u8; 32];
        let (head, tail) = header.split_at_mut(1);
        let (name, count) = tail.split_at_mut(LABEL_BYTES);
        head.copy_from_slice(&[kind.byte()]);
        name.copy_from_slice(&self.0);
        count.copy_from_slice(&number.to_be_bytes());
        header
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}
