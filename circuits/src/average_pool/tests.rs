use crate::testing::{Case, Net, OPTIONS, impostor};

fn nets() -> Vec<Net> {
    vec![
        Net::new(&[1, 2, 5, 4], 8)
            .node("average_pool", &[0], &[1, 2, 3, 2], 8, 13)
            .tuple("kernel", &[3, 2])
            .tuple("strides", &[2, 2])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[1, 0, 1, 0])
            .tuple("overhang", &[0, 0])
            .integer("count_include_pad", 0)
            .integer("reciprocal_bits", 13),
        Net::new(&[1, 2, 5], 8)
            .node("average_pool", &[0], &[1, 2, 3], 8, 12)
            .tuple("kernel", &[3])
            .tuple("strides", &[2])
            .tuple("dilations", &[1])
            .tuple("pads", &[1, 1])
            .tuple("overhang", &[0])
            .integer("count_include_pad", 1)
            .integer("reciprocal_bits", 12),
        Net::new(&[1, 1, 4, 4], 8)
            .node("average_pool", &[0], &[1, 1, 2, 2], 8, 2)
            .tuple("kernel", &[2, 2])
            .tuple("strides", &[2, 2])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[0, 0, 0, 0])
            .tuple("overhang", &[0, 0])
            .integer("count_include_pad", 0)
            .integer("reciprocal_bits", 2),
        Net::new(&[1, 3, 6], 8)
            .node("average_pool", &[0], &[1, 3, 3], 8, 12)
            .tuple("kernel", &[3])
            .tuple("strides", &[2])
            .tuple("dilations", &[1])
            .tuple("pads", &[0, 0])
            .tuple("overhang", &[1])
            .integer("count_include_pad", 0)
            .integer("reciprocal_bits", 12),
    ]
}

#[test]
fn honest_witnesses_are_accepted() {
    for (seed, net) in (0..).zip(nets()) {
        Case::random(&net, OPTIONS, seed).accept();
    }
}

#[test]
fn counts_and_windows_are_as_declared() {
    let with = |pads: &[i64], include: i64, stride: i64| {
        Net::new(&[1, 2, 6], 8)
            .node("average_pool", &[0], &[1, 2, 3], 8, 12)
            .tuple("kernel", &[3])
            .tuple("strides", &[stride])
            .tuple("dilations", &[1])
            .tuple("pads", pads)
            .tuple("overhang", &[0])
            .integer("count_include_pad", include)
            .integer("reciprocal_bits", 12)
    };
    impostor(&with(&[1, 1], 0, 2), &with(&[1, 1], 1, 2), "accumulator");
    impostor(&with(&[1, 1], 1, 2), &with(&[2, 0], 1, 2), "accumulator");
    impostor(&with(&[1, 1], 1, 2), &with(&[1, 1], 1, 1), "accumulator");
}

#[test]
fn windows_that_count_too_much_are_refused() {
    use crate::compile::compile;
    use crate::error::CompileError;
    // windows of 2^9 cells an axis, mostly of padding; an axis of 70 outputs with as many different counts
    let large = |rank: usize, kernel: i64, size: u32, outputs: u32, pad: i64| {
        let mut shape = vec![1, 1];
        shape.extend(vec![size; rank]);
        let mut output = vec![1, 1];
        output.extend(vec![outputs; rank]);
        Net::new(&shape, 8)
            .node("average_pool", &[0], &output, 8, 40)
            .tuple("kernel", &vec![kernel; rank])
            .tuple("strides", &vec![1; rank])
            .tuple("dilations", &vec![1; rank])
            .tuple("pads", &vec![pad; 2 * rank])
            .tuple("overhang", &vec![0; rank])
            .integer("count_include_pad", i64::from(outputs == 1))
            .integer("reciprocal_bits", 40)
    };
    for net in [large(14, 511, 1, 1, 255), large(2, 70, 70, 139, 69)] {
        assert_eq!(compile(&net.0, &[], &OPTIONS).unwrap_err(), CompileError::TooLarge);
    }
}
