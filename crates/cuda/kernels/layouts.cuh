// Sizes of what crosses between the processor and a device, as `src/machine.rs`, `src/msm.rs` and the fields of `ark-ff` have
// them. Every compiler of these sources sees these assertions; `tests/layouts.rs` compares with the other side. Members lie in
// the order in which they are declared, and are as large as the whole: each begins where the one before ends.
#pragma once
#include "curve.cuh"

static_assert(sizeof(u8) == 1 && sizeof(i8) == 1 && sizeof(i16) == 2 && sizeof(i32) == 4 && sizeof(u32) == 4, "cells");
static_assert(sizeof(u64) == 8 && sizeof(i64) == 8 && sizeof(void *) == 8, "addresses");
static_assert(sizeof(Args) == 128 && sizeof(Args) == (1 + 15) * sizeof(u64) && alignof(Args) == 8, "arguments");
static_assert(sizeof(Scalar) == 32 && sizeof(Scalar) == 8 * sizeof(u32) && alignof(Scalar) == 16, "elements");
static_assert(sizeof(Base) == 32 && sizeof(Base) == 8 * sizeof(u32) && alignof(Base) == 16, "elements");
static_assert(sizeof(Affine) == 64 && sizeof(Affine) == 2 * sizeof(Base) && alignof(Affine) == 16, "affine points");
static_assert(sizeof(Point) == 128 && sizeof(Point) == 4 * sizeof(Base) && alignof(Point) == 16, "points");
