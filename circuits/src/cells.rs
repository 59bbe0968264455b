//! The cells of a tensor with slots, sample by sample.

use std::ops::Range;

use zkattest_circuit::ir::{Axis, Tensor};

use crate::rescale::Limbs;
use crate::storage;

/// Where a tensor's cells lie: slots, then samples, then a sample's elements.
pub(crate) struct Layout {
    /// Cell of the first slot.
    base: usize,
    slots: usize,
    /// Cells from slot to slot, and room of a sample.
    slot: usize,
    room: usize,
    /// Distance of each sample from its slot's first cell, ascending.
    samples: Vec<usize>,
    /// Samples that there must be.
    batch: usize,
    /// Distances of a sample's elements from its first.
    offsets: Vec<usize>,
}

impl Layout {
    /// Of a batch; without a sample axis `batch` is 1.
    pub fn new(tensor: &Tensor, batch: usize) -> Self {
        let room = |axes: &[Axis]| -> usize { axes.iter().map(|axis| axis.allotted as usize).product() };
        let (slots, axes) =
            tensor.axes.split_first().map_or((0, [].as_slice()), |(slots, axes)| (slots.size as usize, axes));
        // the samples are the first axes: as many as it takes
        let mut left = batch;
        let own = axes.iter().take_while(|axis| {
            let more = left > 1;
            left = left.div_ceil(axis.size as usize);
            more
        });
        let (samples, own) = axes.split_at(own.count());
        let mut samples: Vec<usize> =
            storage::offsets(samples).into_iter().map(|sample| sample * room(own)).collect();
        samples.truncate(batch);
        Self {
            base: usize::try_from(tensor.base).unwrap_or(usize::MAX),
            slots,
            slot: room(axes),
            room: room(own),
            samples,
            batch,
            offsets: storage::offsets(own),
        }
    }

    /// The cells of `together` samples each; none where they leave `cells`, or the tensor has fewer samples.
    pub fn cut<'a>(&'a self, cells: &'a mut [i16], together: usize, limb: u32) -> Option<Vec<Cells<'a>>> {
        if self.samples.len() != self.batch {
            return None;
        }
        let mut parts: Vec<Cells<'a>> = self
            .samples
            .chunks(together)
            .enumerate()
            .map(|(number, own)| Cells {
                layout: self,
                slots: Vec::with_capacity(self.slots),
                numbers: number * together..number * together + own.len(),
                first: 0,
                limb,
            })
            .collect();
        let own = cells.get_mut(self.base..).unwrap_or_default();
        for slot in own.chunks_mut(self.slot.max(1)).take(self.slots) {
            let (mut rest, mut at) = (slot, 0);
            for part in &mut parts {
                let start = self.samples[part.numbers.start];
                let end = self.samples[part.numbers.end - 1] + self.room;
                let (_, from) = rest.split_at_mut_checked(start - at)?;
                let (own, after) = from.split_at_mut_checked(end - start)?;
                part.slots.push(own);
                (rest, at) = (after, end);
            }
        }
        parts.iter().all(|part| part.slots.len() == self.slots).then_some(parts)
    }
}

/// Cells of consecutive samples of one tensor, at one of them.
pub(crate) struct Cells<'a> {
    layout: &'a Layout,
    /// By slot.
    slots: Vec<&'a mut [i16]>,
    /// Numbers of the samples.
    numbers: Range<usize>,
    /// First cell of the sample within each slot.
    first: usize,
    limb: u32,
}

impl Cells<'_> {
    /// Numbers of the samples.
    pub fn samples(&self) -> Range<usize> {
        self.numbers.clone()
    }

    /// Go to a sample.
    pub fn go(&mut self, sample: usize) -> Option<()> {
        let start = self.layout.samples.get(self.numbers.start)?;
        self.first = self.layout.samples.get(sample)?.checked_sub(*start)?;
        Some(())
    }

    /// Number of elements of a sample.
    pub fn elements(&self) -> usize {
        self.layout.offsets.len()
    }

    /// Set one cell.
    pub fn put(&mut self, slot: u32, element: usize, value: i128) -> Option<()> {
        let within = self.layout.offsets.get(element)?;
        let cell = self.slots.get_mut(slot as usize)?.get_mut(self.first + within)?;
        *cell = i16::try_from(value).ok()?;
        Some(())
    }

    /// Set the limbs of a quantity; None where it is negative or too wide.
    pub fn limbs(&mut self, limbs: &Limbs, element: usize, value: i128) -> Option<()> {
        let mut left = value;
        for slot in limbs.clone() {
            self.put(slot, element, left & ((1 << self.limb) - 1))?;
            left >>= self.limb;
        }
        (left == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkattest_circuit::ir::Region;

    /// Slots, two axes of samples the second of which has room to spare, and elements with room to spare.
    fn tensor() -> Tensor {
        let axes = [(3, 3), (2, 2), (3, 4), (5, 8)];
        let axes = axes.map(|(size, allotted)| Axis { size, allotted }).to_vec();
        Tensor { region: Region::Witness, base: 7, axes }
    }

    #[test]
    fn cells_are_those_of_the_tensor_however_samples_are_cut() {
        let (tensor, batch) = (tensor(), 5);
        let layout = Layout::new(&tensor, batch);
        let value = |slot: u32, sample: usize, element: usize| {
            i128::from(slot) * 100 + (sample * 10 + element) as i128
        };
        let mut expected = vec![0i16; 7 + 3 * 64];
        for (slot, sample, element) in
            (0..3).flat_map(|a| (0..batch).flat_map(move |b| (0..5).map(move |c| (a, b, c))))
        {
            let cell = 7 + slot as usize * 64 + sample / 3 * 32 + sample % 3 * 8 + element;
            expected[cell] = i16::try_from(value(slot, sample, element)).unwrap() + 1;
        }
        for together in 1..=6 {
            let mut cells = vec![0i16; 7 + 3 * 64];
            let mut seen = Vec::new();
            for mut part in layout.cut(&mut cells, together, 8).unwrap() {
                assert_eq!(part.elements(), 5);
                for sample in part.samples() {
                    seen.push(sample);
                    part.go(sample).unwrap();
                    for (slot, element) in (0..3).flat_map(|a| (0..5).map(move |b| (a, b))) {
                        part.put(slot, element, value(slot, sample, element) + 1).unwrap();
                    }
                    assert_eq!(part.put(3, 0, 1), None);
                    assert_eq!(part.put(0, 5, 1), None);
                    assert_eq!(part.put(0, 0, 1 << 20), None);
                }
            }
            assert_eq!(seen, (0..batch).collect::<Vec<_>>());
            assert_eq!(cells, expected, "{together}");
        }
    }

    #[test]
    fn cells_that_are_not_there_are_none() {
        let layout = Layout::new(&tensor(), 5);
        assert!(layout.cut(&mut [0; 7 + 3 * 64 - 40], 2, 8).is_none());
        assert!(layout.cut(&mut [0; 7 + 2 * 64], 2, 8).is_none());
        assert!(Layout::new(&tensor(), 31).cut(&mut [0; 7 + 3 * 64], 2, 8).is_none());
    }
}
