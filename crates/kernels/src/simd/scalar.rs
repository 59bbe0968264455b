//! From eight lanes to one element and back.

use super::lanes::{self, V};
use super::pack::{load, store};
use crate::Element;
use ark_ff::{AdditiveGroup, Field, MontConfig};

/// The inverse of each lane by one inversion; lanes must not be zero. Takes values below 8 p, returns
/// canonical ones. Limbs of x R become those of `scale` 2^-8 x^-1 R: limbs x 2^260 read in radix 2^256 are
/// 16 x, whose inverse has limbs x^-1 2^252.
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn invert_lanes<C: MontConfig<4>>(a: V, scale: Element<C>) -> V {
    let mut elements = [Element::<C>::ZERO; 8];
    store(lanes::canonical::<C>(a), &mut elements);
    invert_all(&mut elements);
    for element in &mut elements {
        *element *= scale;
    }
    load(&elements)
}

/// Montgomery's trick; elements must not be zero.
fn invert_all<F: Field>(elements: &mut [F; 8]) {
    let mut before = [F::ONE; 8];
    let mut product = F::ONE;
    for (slot, element) in before.iter_mut().zip(elements.iter()) {
        *slot = product;
        product *= element;
    }
    let mut inverse = product.inverse().unwrap_or(F::ZERO);
    for (element, before) in elements.iter_mut().zip(before).rev() {
        let result = inverse * before;
        inverse *= &*element;
        *element = result;
    }
}

/// Sum of the lanes' limbs as residues: values below 8 p.
#[target_feature(enable = "avx512f,avx512ifma")]
pub fn sum_lanes<C: MontConfig<4>>(a: V) -> Element<C> {
    let mut elements = [Element::<C>::ZERO; 8];
    store(lanes::canonical::<C>(a), &mut elements);
    elements.iter().sum()
}
