//! What crosses between the processor and a device lies there as it does here, and the module that ships takes it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ark_bn254::{Fq, Fr, G1Affine};
use ark_ec::AffineRepr;
use std::mem::{align_of, offset_of, size_of};
use zkattest_cuda::{Args, Kernel, SIZES};

const PTX: &str = include_str!("../ptx/kernels.ptx");

/// Bytes of a coordinate.
const COORDINATE: u64 = size_of::<Fq>() as u64;

#[test]
fn the_structs_that_cross_have_the_same_sizes_and_places() {
    let args = [size_of::<Args>(), align_of::<Args>(), offset_of!(Args, n), offset_of!(Args, at)];
    // Kernels read elements 16 bytes at a time: blocks are aligned to 256, and elements lie in them side by side.
    let scalar = [size_of::<Fr>() as u64, 16, 0];
    // Points go there as words of coordinates (x, y), and come back as (X, Y, ZZ, ZZZ).
    let affine = [2 * COORDINATE, 16, 0, COORDINATE];
    let point = [4 * COORDINATE, 16, 0, COORDINATE, 2 * COORDINATE, 3 * COORDINATE];
    let expected: Vec<u64> =
        args.iter().map(|number| *number as u64).chain(scalar).chain(affine).chain(point).collect();
    assert_eq!(zkattest_cuda_twin::layouts(), expected);
    let sizes = [args[0] as u64, scalar[0], affine[0], point[0]];
    assert_eq!(SIZES.map(|size| size as u64), sizes);
}

/// Montgomery representatives as four limbs, the least significant first, are eight words in the same order.
#[test]
fn elements_are_limbs_without_padding() {
    const { assert!(cfg!(target_endian = "little")) };
    assert_eq!((size_of::<Fr>(), size_of::<Fq>()), (size_of::<[u64; 4]>(), size_of::<[u64; 4]>()));
    let one: Fr = 1u64.into();
    // 2^256 mod r, as kernels/field.cuh has it
    assert_eq!(one.0.0[0], 0xac96_341c_4fff_fffb);
    let (x, y) = G1Affine::generator().xy().unwrap();
    assert_eq!((x.0.0[0], y.0.0[0]), (0xd35d_438d_c58f_0d9d, 0xa6ba_871b_8b1e_1b3a));
}

#[test]
fn the_module_has_every_kernel_and_each_takes_the_arguments_alone() {
    assert_eq!(PTX.matches(".entry ").count(), Kernel::ALL.len(), "kernels of the module");
    for kernel in Kernel::ALL {
        let name = kernel.name();
        let (_, rest) = PTX.split_once(&format!(".entry {name}(")).unwrap();
        let (parameters, _) = rest.split_once(')').unwrap();
        let expected =
            format!(".param .align {} .b8 {name}_param_0[{}]", align_of::<Args>(), size_of::<Args>());
        assert_eq!(parameters.trim(), expected);
    }
}
