//! Boxes of 2^n cells, one for each boolean point of n coordinates.

use zkattest_circuit::ir::{Axis, Factor, Form, Group, Kind, Point, Slice, Unit, Vector};

/// Cells of index (x_1 .. x_n) in bits, most significant first; stored as whole rows where they are more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cube {
    /// n.
    pub variables: u8,
    /// Coordinates within a row: the last ones.
    pub low: u8,
}

impl Cube {
    pub fn new(variables: u8, log_row: u8) -> Self {
        Self { variables, low: variables.min(log_row) }
    }

    /// Coordinates of rows and of cells within one.
    fn halves(self) -> impl Iterator<Item = (u8, u8)> {
        let high = self.variables - self.low;
        [(0, high), (high, self.low)].into_iter().skip(usize::from(high == 0))
    }

    /// Axes of its box.
    pub fn axes(self) -> Vec<Axis> {
        self.halves().map(|(_, len)| Axis { size: 1 << len, allotted: 1 << len }).collect()
    }

    /// The cells at each of `points`, as groups over its box.
    pub fn groups(self, points: &[Point]) -> Vec<Group> {
        self.halves()
            .map(|(offset, len)| {
                let kinds = points.iter().map(|point| Kind::Eq(Slice { point: *point, offset, len }));
                group(1, 1 << len, kinds.collect())
            })
            .collect()
    }

    /// coefficient * cell at `points`.
    pub fn form(self, tensor: u32, points: &[Point]) -> Form {
        Form { coefficient: 1, unit: Unit::One, tensor: Some(tensor), groups: self.groups(points) }
    }

    /// Forms of the cell *after* r, as groups over its box; nothing comes after the last. Within a row, and from a row's last
    /// cell to the next row's first.
    pub fn next(self) -> Vec<Vec<Group>> {
        let slices: Vec<(u32, Slice)> =
            self.halves().map(|(offset, len)| (1 << len, Slice { point: Point::R, offset, len })).collect();
        let shifted = |(size, slice): (u32, Slice)| group(1, size, vec![shift(slice, 0, size - 1)]);
        // index 0, at the last output
        let wrapped = |(size, slice): (u32, Slice)| group(1, size, vec![at_last(slice, size)]);
        match slices.as_slice() {
            [low] => vec![vec![shifted(*low)]],
            [high, low] => vec![
                vec![group(1, high.0, vec![Kind::Eq(high.1)]), shifted(*low)],
                vec![shifted(*high), wrapped(*low)],
            ],
            _ => Vec::new(),
        }
    }

    /// eq(r, all ones), as scalars.
    pub fn last(self) -> Vec<Group> {
        self.halves()
            .map(|(offset, len)| group(0, 1, vec![at_last(Slice { point: Point::R, offset, len }, 1 << len)]))
            .collect()
    }
}

/// Output o reads index o + 1.
fn shift(slice: Slice, from: u32, to: u32) -> Kind {
    Kind::Affine { slice, from, to, taps: 1, stride: 1, dilation: 1, offset: 1 }
}

/// The last of `size` outputs reads index 0.
fn at_last(slice: Slice, size: u32) -> Kind {
    Kind::Affine { slice, from: size - 1, to: size, taps: 1, stride: 0, dilation: 1, offset: 0 }
}

/// One vector whose factors look at its whole index.
pub(super) fn group(axes: u8, size: u32, kinds: Vec<Kind>) -> Group {
    let factors = kinds.into_iter().map(|kind| Factor { div: 1, modulus: size, kind }).collect();
    Group { axes, vector: Vector { size, factors } }
}
