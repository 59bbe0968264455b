// What a card does at most: copies of its memory, and multiply-adds in registers. For measurements beside those of
// other kernels (`examples/bench.rs`); no proof launches these.
#pragma once
#include "field.cuh"

// out[i] = values[i]; at: values, out.
KERNEL(copy) { store(pointer<Scalar>(args, 1) + i, load(pointer<Scalar>(args, 0) + i)); }

// out[i] = sum over k < 4 of rounds (x[k & 1] + x[2 + (k & 1)] 2^64 + ..) x[4 + k] mod 2^256, then mod r, where x = values[i] as
// words: four chains of multiply_add, 32 multiply-adds a round; at: values, rounds, out.
KERNEL(multiply_add_chains) {
    Scalar x = load(pointer<Scalar>(args, 0) + i), sums[4];
    for (int k = 0; k < 4; k++) sums[k] = zero<ScalarField>();
    for (u64 round = 0; round < args.at[1]; round++) {
UNROLL
        for (int k = 0; k < 4; k++) multiply_add(sums[k].w, x.w + (k & 1), x.w[4 + k]);
    }
    for (int k = 1; k < 4; k++) add_words(sums[0].w, sums[k].w);
    for (int k = 0; k < 5; k++) sums[0] = reduced(sums[0]); // 2^256 is below 6 r
    store(pointer<Scalar>(args, 2) + i, sums[0]);
}
