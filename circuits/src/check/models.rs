//! Small models of every operator, with bounds that decide which parts of a rounding have cells.

use crate::testing::Net;

/// A model, and the tables of its functions.
pub(super) struct Model {
    pub net: Net,
    pub tables: Vec<Vec<i32>>,
}

impl From<Net> for Model {
    fn from(net: Net) -> Self {
        Self { net, tables: Vec::new() }
    }
}

fn table(net: Net) -> Model {
    Model { net, tables: vec![(0..256).map(|x: i32| (x * x) % 129 - 64).collect()] }
}

/// A window's attributes along one axis.
fn window(net: Net, stride: i64, dilation: i64, pads: [i64; 2]) -> Net {
    net.tuple("strides", &[stride]).tuple("dilations", &[dilation]).tuple("pads", &pads)
}

pub(super) fn models() -> Vec<Model> {
    [bounded(), linear(), products(), pools()].into_iter().flatten().collect()
}

/// Saturation with each part of a rounding present or absent.
fn bounded() -> Vec<Model> {
    let x = || Net::new(&[5], 8);
    let clip = |low, high, shift| x().node("clip", &[0], &[5], 8, shift).bounds(low, high);
    let leaky = |slope, shift| x().node("leaky_relu", &[0], &[5], 8, shift).integer("slope", slope);
    let argmax = |net: Net, axis, shape: &[u32]| {
        let input = net.0.tensors.len() - 1;
        net.node("argmax", &[input], shape, 8, 0).integer("axis", axis).integer("keepdims", 0)
    };
    let ties = Net::new(&[2, 4], 8).node("clip", &[0], &[2, 4], 8, 6).bounds(-1, 1);
    vec![
        x().node("relu", &[0], &[5], 8, 0).bounds(0, 127).into(),
        x().node("relu", &[0], &[5], 8, 0).bounds(0, 6).into(),
        clip(-128, 90, 0).into(),
        clip(-128, -1, 0).into(),
        clip(-50, 61, 1).into(),
        clip(-50, 61, 0).into(),
        clip(-3, 3, 0).into(),
        clip(-1, 0, 3).into(),
        clip(7, 7, 0).into(),
        clip(127, 127, 0).into(),
        Net::new(&[5], 12).node("clip", &[0], &[5], 12, 0).bounds(-2000, 2000).into(),
        Net::new(&[5], 9).node("clip", &[0], &[5], 9, 0).bounds(-1, 200).into(),
        leaky(6554, 16).into(),
        leaky(-70_000, 14).into(),
        leaky(0, 16).into(),
        leaky(1 << 23, 20).bounds(-100, 100).into(),
        argmax(Net::new(&[6], 8), 0, &[]).into(),
        argmax(ties.clone(), 1, &[2]).into(),
        argmax(ties, 0, &[4]).into(),
        table(x().node("sigmoid", &[0], &[5], 8, 0).integer("output_scale", 6)),
        table(x().node("tanh", &[0], &[5], 8, 0).integer("output_scale", 6).bounds(-20, 30)),
    ]
}

/// Sums and rearrangements.
fn linear() -> Vec<Model> {
    let x = || Net::new(&[2, 3], 8);
    let add =
        |net: Net, inputs: &[usize]| net.node("add", inputs, &[2, 3], 8, 1).tuple("left_shifts", &[0, 1]);
    vec![
        add(x(), &[0, 0]).into(),
        add(x().constant(&[3], 8), &[1, 0]).into(),
        add(x().constant(&[2, 1], 8), &[0, 1]).bounds(-40, 127).into(),
        x().constant(&[1], 12).node("sub", &[0, 1], &[2, 3], 8, 5).tuple("left_shifts", &[3, 0]).into(),
        x().constant(&[3], 8)
            .constant(&[3], 16)
            .node("scale_shift", &[0, 1, 2], &[2, 3], 8, 7)
            .integer("bias_shift", 2)
            .into(),
        x().constant(&[2, 2], 8)
            .node("concat", &[0, 1, 0], &[2, 8], 8, 0)
            .integer("axis", 1)
            .tuple("left_shifts", &[0, 1, 0])
            .into(),
        x().node("slice", &[0], &[1, 2], 8, 0)
            .tuple("starts", &[1, 2])
            .tuple("steps", &[1, -2])
            .tuple("sizes", &[1, 2])
            .into(),
        x().node("pad", &[0], &[3, 5], 8, 1).tuple("pads", &[0, 1, 1, 1]).integer("value", -300).into(),
        x().node("reduce_mean", &[0], &[2], 8, 10)
            .tuple("axes", &[1])
            .integer("keepdims", 0)
            .integer("reciprocal_bits", 10)
            .into(),
        x().node("transpose", &[0], &[3, 2], 8, 0)
            .tuple("perm", &[1, 0])
            .node("reshape", &[1], &[2, 3], 8, 0)
            .tuple("shape", &[2, 3])
            .bounds(-9, 9)
            .node("add", &[2, 0], &[2, 3], 8, 1)
            .tuple("left_shifts", &[0, 0])
            .into(),
    ]
}

/// Products of activations with constants and with each other.
fn products() -> Vec<Model> {
    let conv = |net: Net, inputs: &[usize], shape: &[u32], group| {
        net.node("conv", inputs, shape, 8, 8).integer("group", group).integer("bias_shift", 3)
    };
    let one = Net::new(&[1, 4, 5], 8).constant(&[4, 2, 3], 8).constant(&[4], 16);
    let deep = Net::new(&[1, 3, 6], 8).constant(&[3, 1, 2], 8);
    let plane = Net::new(&[1, 2, 3, 3], 8).constant(&[2, 2, 2, 3], 8);
    vec![
        window(conv(one, &[0, 1, 2], &[1, 4, 3], 2), 2, 1, [1, 1]).into(),
        window(conv(deep, &[0, 1], &[1, 3, 4], 3).bounds(0, 127), 1, 2, [0, 0]).into(),
        conv(plane, &[0, 1], &[1, 2, 2, 1], 1)
            .tuple("strides", &[2, 1])
            .tuple("dilations", &[1, 1])
            .tuple("pads", &[1, 0, 0, 0])
            .into(),
        Net::new(&[2, 3], 8)
            .constant(&[3, 2], 8)
            .constant(&[2], 16)
            .node("gemm", &[0, 1, 2], &[2, 2], 8, 8)
            .integer("bias_shift", 1)
            .bounds(0, 100)
            .node("relu", &[3], &[2, 2], 8, 0)
            .bounds(3, 60)
            .into(),
        Net::new(&[2, 3], 8).node("mul", &[0, 0], &[2, 3], 8, 7).bounds(10, 100).into(),
        Net::new(&[2, 3], 8).constant(&[2, 1], 8).node("mul", &[0, 1], &[2, 3], 8, 9).into(),
        Net::new(&[2, 3], 8)
            .node("transpose", &[0], &[3, 2], 8, 0)
            .tuple("perm", &[1, 0])
            .node("matmul", &[0, 1], &[2, 2], 8, 9)
            .into(),
    ]
}

/// Windows that reach outside.
fn pools() -> Vec<Model> {
    let x = || Net::new(&[1, 2, 5], 8);
    let average = |include| {
        window(x().node("average_pool", &[0], &[1, 2, 3], 8, 12), 2, 1, [1, 1])
            .tuple("kernel", &[3])
            .tuple("overhang", &[0])
            .integer("count_include_pad", include)
            .integer("reciprocal_bits", 12)
    };
    let maximum = || window(x().node("max_pool", &[0], &[1, 2, 3], 8, 0), 2, 1, [1, 1]).tuple("kernel", &[3]);
    let clipped = x().node("clip", &[0], &[1, 2, 5], 8, 0).bounds(-1, 2);
    vec![
        average(0).into(),
        average(1).into(),
        maximum().into(),
        maximum().bounds(-50, 60).into(),
        window(clipped.node("max_pool", &[1], &[1, 2, 4], 8, 0), 1, 1, [0, 0]).tuple("kernel", &[2]).into(),
    ]
}
