//! Which digits the activation that a weight is contracted with has: those of the axes that reshapes joined.
//!
//! A weight \[k, n\] behind a flattened activation \[c, h, w\] is summed over k = (c, h, w). In padded mode these are
//! three stored axes, whose padding lies between the elements, so that the weight has to be stored as \[c, h, w, n\].
//! This depends on the architecture alone, as the model's commitment does.

use crate::architecture::Architecture;
use crate::value::{Digit, regroup, whole};

/// Sizes of the digits of each axis of constant `tensor`, outermost first; one digit for an axis that no product sums
/// with an activation.
pub(crate) fn digits(architecture: &Architecture, tensor: usize) -> Vec<Vec<u32>> {
    let shape = &architecture.tensors[tensor].shape;
    let mut result: Vec<Vec<u32>> = shape.iter().map(|size| vec![*size]).collect();
    for node in &architecture.nodes {
        let Some(position) = node.inputs.iter().position(|input| *input == tensor) else { continue };
        let rank = shape.len();
        // the axis that is summed, the other operand and its axis counted from the last
        let (axis, other, from_last) = match (node.op.as_str(), position) {
            ("gemm", 1) if rank == 2 => (0, node.inputs[0], 1),
            ("matmul", 1) if rank >= 2 => (rank - 2, node.inputs[0], 1),
            ("matmul", 0) if rank >= 2 => (rank - 1, node.inputs[1], 2),
            _ => continue,
        };
        let seen = joined(architecture, other);
        let sizes = seen.len().checked_sub(from_last).map(|axis| seen[axis].iter().map(|digit| digit.size));
        let sizes: Vec<u32> = sizes.into_iter().flatten().collect();
        if sizes.iter().product::<u32>() == shape[axis] && sizes.len() > 1 {
            result[axis] = sizes;
        }
        break;
    }
    result
}

/// Digits of each axis of activation `tensor`, where the activation that the last reshapes began with has one axis for
/// each.
fn joined(architecture: &Architecture, tensor: usize) -> Vec<Vec<Digit>> {
    let mut shapes = Vec::new();
    let mut at = tensor;
    loop {
        shapes.push(&architecture.tensors[at].shape);
        let node = at.checked_sub(1 + architecture.constants).map(|node| &architecture.nodes[node]);
        match node {
            Some(node) if node.op == "reshape" => at = node.inputs[0],
            _ => break,
        }
    }
    shapes.iter().rev().fold(Vec::new(), |before: Vec<Vec<Digit>>, shape| {
        let seen = if before.is_empty() { None } else { regroup(&before.concat(), shape) };
        seen.unwrap_or_else(|| shape.iter().zip(0..).map(|(size, axis)| whole(*size, axis)).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Net;

    #[test]
    fn a_flattened_axis_has_the_digits_of_the_axes_before() {
        let net = Net::new(&[1, 2, 3, 4], 8)
            .constant(&[24, 5], 8)
            .constant(&[5], 8)
            .node("reshape", &[0], &[1, 6, 4], 8, 0)
            .node("reshape", &[3], &[1, 24], 8, 0)
            .node("gemm", &[4, 1, 2], &[1, 5], 8, 0);
        assert_eq!(digits(&net.0, 1), [vec![2, 3, 4], vec![5]]);
        assert_eq!(digits(&net.0, 2), [vec![5]]);
    }

    #[test]
    fn a_cut_across_axes_starts_anew() {
        let net = Net::new(&[4, 6], 8)
            .constant(&[24, 5], 8)
            .node("reshape", &[0], &[3, 8], 8, 0)
            .node("reshape", &[2], &[1, 24], 8, 0)
            .node("gemm", &[3, 1], &[1, 5], 8, 0);
        assert_eq!(digits(&net.0, 1), [vec![3, 8], vec![5]]);
    }

    #[test]
    fn other_axes_are_one_digit() {
        let net = Net::new(&[1, 24], 8)
            .constant(&[24, 5], 8)
            .constant(&[24], 8)
            .node("gemm", &[0, 1], &[1, 5], 8, 0)
            .node("mul", &[0, 2], &[1, 24], 8, 0);
        assert_eq!(digits(&net.0, 1), [vec![24], vec![5]]);
        assert_eq!(digits(&net.0, 2), [vec![24]]);
    }
}
