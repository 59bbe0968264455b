//! An activation or constant as affine functionals of stored cells, seen through reshapes and transposes.
//!
//! A *digit* is a part of the index along one stored axis: (index / div) % size. A logical axis is a list of digits,
//! most significant first, so that views cost no cells: a transpose permutes the lists, a reshape cuts the
//! concatenated list anew. Axes of size 1 have no digits.

/// Part of the index along a stored axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digit {
    pub size: u32,
    /// Which axis of [`Stored::axes`].
    pub axis: usize,
    pub div: u32,
}

/// A box of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Index of the tensor in the circuit.
    pub tensor: u32,
    /// Size of the tensor's first axis, which holds limbs and other parts of a value; 0 for none.
    pub slots: u32,
    /// Sizes of the tensor's further axes.
    pub axes: Vec<u32>,
}

/// Where the executor's trace holds the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// In no trace: a constant, or a part of a node's cells.
    None,
    /// The input.
    Input,
    /// The output of a node.
    Node(usize),
}

/// constant + sum over slots of weight * cell, for each index of `digits`.
///
/// Activations have the sample axis as logical axis 0, before the model's axes; constants have not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// None: the same public constant everywhere.
    pub stored: Option<Stored>,
    /// One weight per slot; empty without a slots axis.
    pub weights: Vec<i128>,
    pub constant: i128,
    /// Proved range of the elements.
    pub low: i64,
    pub high: i64,
    /// Digits of each logical axis.
    pub digits: Vec<Vec<Digit>>,
    pub source: Source,
}

impl Value {
    /// Sizes of the logical axes.
    pub fn shape(&self) -> Vec<u32> {
        self.digits.iter().map(|axis| product(axis)).collect()
    }

    /// Largest absolute value.
    pub fn range(&self) -> (i128, i128) {
        (i128::from(self.low), i128::from(self.high))
    }

    /// The same cells with another weight each, and another constant.
    pub fn with(&self, weights: Vec<i128>, constant: i128) -> Value {
        Value { weights, constant, source: Source::None, ..self.clone() }
    }

    /// Seen as one logical axis per stored axis: the coarsest index of all its elements.
    pub fn by_stored_axes(&self) -> Value {
        let axes = self.stored.as_ref().map(|stored| stored.axes.clone()).unwrap_or_default();
        let digits = axes.iter().enumerate().map(|(axis, size)| whole(*size, axis)).collect();
        Value { digits, ..self.clone() }
    }
}

/// The digits of a whole stored axis.
pub(crate) fn whole(size: u32, axis: usize) -> Vec<Digit> {
    if size == 1 { Vec::new() } else { vec![Digit { size, axis, div: 1 }] }
}

fn product(digits: &[Digit]) -> u32 {
    digits.iter().map(|digit| digit.size).product()
}

/// Cut `digits` into runs of the given sizes; None where a cut falls inside a digit that it does not divide.
pub(crate) fn regroup(digits: &[Digit], sizes: &[u32]) -> Option<Vec<Vec<Digit>>> {
    let mut left = digits.to_vec();
    let mut result = Vec::with_capacity(sizes.len());
    for size in sizes.iter().rev() {
        let mut need = *size;
        let mut axis = Vec::new();
        while need > 1 {
            let digit = left.pop()?;
            let (low, high) = if digit.size <= need { (digit.size, 1) } else { (need, digit.size / need) };
            if low * high != digit.size || need % low != 0 {
                return None;
            }
            axis.push(Digit { size: low, ..digit });
            if high > 1 {
                left.push(Digit { size: high, axis: digit.axis, div: digit.div * low });
            }
            need /= low;
        }
        axis.reverse();
        result.push(coalesce(&axis));
    }
    result.reverse();
    left.is_empty().then_some(result)
}

/// Join digits that are neighbours in storage.
fn coalesce(digits: &[Digit]) -> Vec<Digit> {
    let mut result: Vec<Digit> = Vec::with_capacity(digits.len());
    for digit in digits {
        match result.last_mut() {
            Some(last) if last.axis == digit.axis && last.div == digit.div * digit.size => {
                *last = Digit { size: last.size * digit.size, ..*digit };
            }
            _ => result.push(*digit),
        }
    }
    result
}

/// Cut an axis into digits of exactly these sizes; None where that is impossible.
pub(crate) fn split(digits: &[Digit], sizes: &[u32]) -> Option<Vec<Digit>> {
    let axes = regroup(digits, sizes)?;
    axes.iter().map(|axis| if axis.len() == 1 { axis.first().copied() } else { None }).collect()
}

/// The common refinement of mixed-radix sizes of one axis, most significant first; None where there is none.
pub(crate) fn refine(lists: &[Vec<u32>]) -> Option<Vec<u32>> {
    let mut left: Vec<Vec<u32>> = lists.iter().filter(|list| !list.is_empty()).cloned().collect();
    let mut result = Vec::new();
    while left.iter().any(|list| !list.is_empty()) {
        let heads: Option<Vec<u32>> = left.iter().map(|list| list.last().copied()).collect();
        let size = *heads?.iter().min()?;
        for list in &mut left {
            let head = list.pop()?;
            if head % size != 0 {
                return None;
            }
            if head > size {
                list.push(head / size);
            }
        }
        result.push(size);
    }
    result.reverse();
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(size: u32, axis: usize, div: u32) -> Digit {
        Digit { size, axis, div }
    }

    #[test]
    fn reshapes_cut_and_join_digits() {
        let channels = digit(6, 0, 1);
        let pixels = digit(20, 1, 1);
        let cut = regroup(&[channels, pixels], &[2, 3, 4, 5]).unwrap();
        assert_eq!(cut, [[digit(2, 0, 3)], [digit(3, 0, 1)], [digit(4, 1, 5)], [digit(5, 1, 1)]]);
        let flat: Vec<Digit> = cut.concat();
        assert_eq!(regroup(&flat, &[120]).unwrap(), [vec![channels, pixels]]);
        assert_eq!(regroup(&flat, &[1, 24, 5]).unwrap()[1], [channels, digit(4, 1, 5)]);
        assert_eq!(regroup(&[digit(4, 0, 1), digit(3, 1, 1)], &[6, 2]), None);
        assert_eq!(regroup(&[digit(4, 0, 1)], &[2]), None);
    }

    #[test]
    fn transposed_digits_do_not_join() {
        let transposed = [digit(4, 0, 1), digit(3, 0, 4)];
        assert_eq!(regroup(&transposed, &[12]).unwrap(), [transposed.to_vec()]);
        assert_eq!(split(&transposed, &[12]), None);
        assert_eq!(split(&transposed, &[2, 2, 3]).unwrap(), [digit(2, 0, 2), digit(2, 0, 1), digit(3, 0, 4)]);
    }

    #[test]
    fn refinements_are_common_to_all() {
        assert_eq!(refine(&[vec![12], vec![3, 4], vec![6, 2]]), Some(vec![3, 2, 2]));
        assert_eq!(refine(&[vec![2, 3], vec![3, 2]]), None);
        assert_eq!(refine(&[vec![], vec![]]), Some(vec![]));
    }
}
