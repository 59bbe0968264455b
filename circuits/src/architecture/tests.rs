use crate::compile::compile;
use crate::error::CompileError;
use crate::options::Options;
use crate::testing::{Net, OPTIONS};

fn refused(net: &Net) -> CompileError {
    compile(&net.0, &[], &OPTIONS).unwrap_err()
}

/// A convolution of [1, 2, 5] with kernel 3 and these attributes.
fn conv(pads: &[i64], group: i64, shape: &[u32]) -> Net {
    Net::new(&[1, 2, 5], 8)
        .constant(&[4, 2, 3], 8)
        .node("conv", &[0, 1], shape, 8, 8)
        .tuple("strides", &[1])
        .tuple("dilations", &[1])
        .tuple("pads", pads)
        .integer("group", group)
        .integer("bias_shift", 0)
}

#[test]
fn nodes_that_do_not_fit_are_refused() {
    let inputs = CompileError::Inputs { node: 0 };
    let shape = CompileError::Shape { node: 0 };
    let attribute = |name| CompileError::Attribute { node: 0, name };
    let gemm = |w: &[u32], shift: i64| {
        Net::new(&[1, 3], 8).constant(w, 8).node("gemm", &[0, 1], &[1, 2], 8, 0).integer("bias_shift", shift)
    };
    let unary = |op: &str, shape: &[u32]| Net::new(&[2, 3], 8).node(op, &[0], shape, 8, 0);
    let cases = [
        (gemm(&[4, 2], 0), inputs.clone()),
        (gemm(&[3, 5], 0), shape.clone()),
        (gemm(&[3, 2], 63), attribute("bias_shift")),
        (conv(&[1, 1], 1, &[1, 4, 6]), shape.clone()),
        (conv(&[1], 1, &[1, 4, 5]), attribute("pads")),
        (conv(&[-1, 1], 1, &[1, 4, 3]), attribute("pads")),
        (conv(&[1, 1], 2, &[1, 4, 5]), inputs.clone()),
        (conv(&[1, 1], 3, &[1, 4, 5]), attribute("group")),
        (unary("relu", &[3, 2]).bounds(0, 127), shape.clone()),
        (unary("frobnicate", &[2, 3]), CompileError::Operator { node: 0, op: "frobnicate".to_owned() }),
        (unary("transpose", &[3, 2]).tuple("perm", &[0, 0]), attribute("perm")),
        (unary("transpose", &[2, 3]).tuple("perm", &[1, 0]), shape.clone()),
        (unary("reshape", &[7]).tuple("shape", &[7]), shape.clone()),
        (unary("argmax", &[3]).integer("axis", 2).integer("keepdims", 0), attribute("axis")),
        (unary("argmax", &[3]).integer("axis", 1).integer("keepdims", 0), shape.clone()),
        (
            unary("slice", &[2, 2]).tuple("starts", &[0, 2]).tuple("steps", &[1, 1]).tuple("sizes", &[2, 2]),
            attribute("starts"),
        ),
        (unary("relu", &[2, 3]).bounds(0, 128), CompileError::Rescale { node: 0 }),
        (unary("relu", &[2, 3]).bounds(5, 4), CompileError::Rescale { node: 0 }),
        (
            Net::new(&[2, 3], 8).node("add", &[0, 0], &[2, 3], 8, 0).tuple("left_shifts", &[60, 0]),
            CompileError::Overflow { node: 0 },
        ),
        (Net::new(&[2, 3], 8).constant(&[4], 8).node("mul", &[0, 1], &[2, 3], 8, 0), inputs.clone()),
        (Net::new(&[2, 3], 8).constant(&[2], 8).node("relu", &[1], &[2], 8, 0), inputs.clone()),
        (Net::new(&[2, 3], 8).node("relu", &[1], &[2, 3], 8, 0), inputs.clone()),
        (Net::new(&[2, 3], 17).node("relu", &[0], &[2, 3], 8, 0), CompileError::Tensor { tensor: 0 }),
        (Net::new(&[2, 0], 8).node("relu", &[0], &[2, 0], 8, 0), CompileError::Tensor { tensor: 0 }),
        (Net::new(&[2, 3], 8), CompileError::Tensor { tensor: 0 }),
    ];
    for (number, (net, error)) in cases.into_iter().enumerate() {
        assert_eq!(refused(&net), error, "case {number}");
    }
}

#[test]
fn options_and_tables_are_checked() {
    let net = Net::new(&[3], 8).node("tanh", &[0], &[3], 8, 0).integer("output_scale", 6);
    assert_eq!(refused(&net), CompileError::Tables { expected: 1, found: 0 });
    let short = compile(&net.0, &[vec![0; 255]], &OPTIONS).unwrap_err();
    assert_eq!(short, CompileError::Tables { expected: 1, found: 1 });
    let with = |options: Options| compile(&net.0, &[vec![0; 256]], &options).unwrap_err();
    assert_eq!(with(Options { columns: 9, ..OPTIONS }), CompileError::Option { name: "columns" });
    assert_eq!(with(Options { limb_bits: 15, ..OPTIONS }), CompileError::Option { name: "limb_bits" });
    assert_eq!(with(Options { batch: 0, ..OPTIONS }), CompileError::Option { name: "batch" });
    assert_eq!(with(Options { log_row: 29, ..OPTIONS }), CompileError::Option { name: "log_row" });
}
