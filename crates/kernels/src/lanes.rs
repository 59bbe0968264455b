//! Eight field elements as planes of limbs: the portable picture of a vector register set.

use crate::Element;
use crate::constants::{LIMBS, MASK, from_limbs, to_limbs};
use ark_ff::{BigInt, Field, MontConfig};

/// Elements in [`Lanes`].
pub const WIDTH: usize = 8;

/// Eight field elements: `0[i][k]` is limb i (52 bits) of element k, as the integer x R mod p or that plus
/// a multiple of p, R = 2^260.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Lanes(pub [[u64; WIDTH]; LIMBS]);

impl Lanes {
    /// The canonical planes of eight elements (Montgomery radix 2^256 to 2^260: a factor 16).
    pub fn from_elements<C: MontConfig<4>>(elements: &[Element<C>; WIDTH]) -> Self {
        let mut planes = [[0; WIDTH]; LIMBS];
        let factor = Element::<C>::from(16u64);
        for (k, element) in elements.iter().enumerate() {
            for (plane, limb) in planes.iter_mut().zip(to_limbs(&(*element * factor).0.0)) {
                plane[k] = limb;
            }
        }
        Self(planes)
    }

    /// The elements, whatever multiple of p the planes hold; limbs above 52 bits are carried.
    pub fn to_elements<C: MontConfig<4>>(&self) -> [Element<C>; WIDTH] {
        let unit = Element::<C>::new_unchecked(BigInt([1, 0, 0, 0]));
        let radix = Element::<C>::from(MASK) + Element::<C>::ONE;
        // `unit` is 2^-256, so that value * unit / 16 undoes x R.
        let scale = unit * Element::<C>::from(16u64).inverse().unwrap_or(unit);
        let mut out = [Element::<C>::from(0u64); WIDTH];
        for (k, element) in out.iter_mut().enumerate() {
            for plane in self.0.iter().rev() {
                *element = *element * radix + Element::<C>::from(plane[k]);
            }
            *element *= scale;
        }
        out
    }

    /// Whether lane k holds a normalised value below p, as its raw 64-bit limbs.
    pub fn canonical_limbs<C: MontConfig<4>>(&self, k: usize) -> Option<[u64; 4]> {
        let limbs: [u64; LIMBS] = std::array::from_fn(|i| self.0[i][k]);
        if limbs.iter().any(|limb| *limb > MASK) || limbs[LIMBS - 1] >> 48 != 0 {
            return None;
        }
        let value = BigInt(from_limbs(&limbs));
        (value < C::MODULUS).then_some(value.0)
    }
}
