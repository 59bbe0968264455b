//! Values that kernels are tried at.

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, MontConfig};

/// A stream of pseudorandom numbers.
pub struct Stream(pub u64);

impl Stream {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Half of them random, half from the edges.
    pub fn element(&mut self) -> Fr {
        let choice = self.next();
        if choice & 1 == 0 {
            let edges = edges();
            return edges[(choice >> 8) as usize % edges.len()];
        }
        (0..4).fold(Fr::ZERO, |sum, _| sum * Fr::from(u64::MAX) + Fr::from(self.next()))
    }

    pub fn elements(&mut self, n: usize) -> Vec<Fr> {
        (0..n).map(|_| self.element()).collect()
    }
}

/// Elements whose words *in memory* are extreme.
pub fn edges() -> Vec<Fr> {
    let p = FrConfig::MODULUS.0;
    let raw = [
        [0; 4],
        [1, 0, 0, 0],
        [p[0] - 1, p[1], p[2], p[3]],
        [u64::MAX, u64::MAX, u64::MAX, p[3] - 1],
        [u64::MAX, 0, u64::MAX, 0],
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0x2fff_ffff],
        [0xffff_ffff_0000_0000, 0xffff_ffff_0000_0000, 0xffff_ffff_0000_0000, 0x2fff_ffff_0000_0000],
        [0, 0, 0, p[3] - 1],
        [p[0], p[1], p[2], p[3] - 1],
    ];
    raw.map(|limbs| Fr::new_unchecked(BigInt(limbs))).to_vec()
}
