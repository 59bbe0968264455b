//! Powers made ready for multi-scalar multiplication, once for all commitments.

use std::sync::{Arc, Mutex, PoisonError};
use zkattest_kernels::msm::Bases;

use super::Srs;

/// A cache, no part of the string's value: clones share what there is, and all compare equal.
#[derive(Default)]
pub(crate) struct Prepared(Mutex<Option<Arc<Bases>>>);

impl Prepared {
    fn get(&self) -> Option<Arc<Bases>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clone for Prepared {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.get()))
    }
}

impl PartialEq for Prepared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Prepared {}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prepared")
    }
}

impl Srs {
    /// The first `count` powers or more, as far as the string reaches; 192 bytes each, kept with the string.
    /// A string is often longer than the rows in use: only what was asked for is prepared.
    pub fn bases(&self, count: usize) -> Arc<Bases> {
        let count = count.min(self.powers.len());
        if let Some(bases) = self.prepared.get().filter(|bases| bases.len() >= count) {
            return bases;
        }
        // Outside the lock, for it is parallel: a waiting thread might be the one that has to do a part of it.
        let bases = Arc::new(Bases::new(self.powers.get(..count).unwrap_or(&self.powers)));
        let mut kept = self.prepared.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|kept| kept.len() < count) {
            *kept = Some(bases.clone());
        }
        bases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::PrimeGroup;
    use zkattest_field::G1Projective;
    use zkattest_kernels::msm::Scalars;

    #[test]
    fn bases_grow_are_shared_and_are_no_part_of_the_value() {
        let srs = Srs::development(5).unwrap();
        let untouched = srs.clone();
        let short = srs.bases(4);
        assert_eq!(short.len(), 4);
        assert!(Arc::ptr_eq(&short, &srs.bases(3)));
        assert!(Arc::ptr_eq(&short, &srs.clone().bases(4)));
        let long = srs.bases(1000);
        assert_eq!(long.len(), 33);
        assert!(Arc::ptr_eq(&long, &srs.bases(4)));
        assert_eq!(srs, untouched);
        assert_eq!(srs.prefix(8).unwrap().bases(33).len(), 9);
        let sum = long.msm(Scalars::I8(&[3, -1])).unwrap();
        assert_eq!(sum, G1Projective::generator() * zkattest_field::Scalar::from(3u64) - srs.powers[1]);
    }
}
