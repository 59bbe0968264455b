// Element-wise arithmetic, sums, tables of eq, folds, batched inverses.
#pragma once
#include "field.cuh"

// out[i] = left[i] * right[i]; at: left, right, out.
KERNEL(multiply) {
    store(pointer<Scalar>(args, 2) + i, load(pointer<Scalar>(args, 0) + i) * load(pointer<Scalar>(args, 1) + i));
}

// out[i] = left[i] + right[i]; at: left, right, out.
KERNEL(add) {
    store(pointer<Scalar>(args, 2) + i, load(pointer<Scalar>(args, 0) + i) + load(pointer<Scalar>(args, 1) + i));
}

// out[i] = left[i] - right[i]; at: left, right, out.
KERNEL(subtract) {
    store(pointer<Scalar>(args, 2) + i, load(pointer<Scalar>(args, 0) + i) - load(pointer<Scalar>(args, 1) + i));
}

// out[i] = sum of left[j] right[j] over j = i, i + n, i + 2 n, .. below `length`; at: left, right, length, out.
KERNEL(inner_products) {
    const Scalar *left = pointer<Scalar>(args, 0), *right = pointer<Scalar>(args, 1);
    Scalar sum = zero<ScalarField>();
    for (u64 j = i; j < args.at[2]; j += args.n) sum = sum + load(left + j) * load(right + j);
    store(pointer<Scalar>(args, 3) + i, sum);
}

// Rows of `length` values each summed by `parts` threads: thread (row, part) sums those at part, part + parts, ..;
// out[row * parts + part]; at: values, length, parts, out.
KERNEL(partial_sums) {
    u64 length = args.at[1], parts = args.at[2], row = i / parts;
    const Scalar *values = pointer<Scalar>(args, 0) + row * length;
    Scalar sum = zero<ScalarField>();
    for (u64 j = i % parts; j < length; j += parts) sum = sum + load(values + j);
    store(pointer<Scalar>(args, 3) + i, sum);
}

// One more coordinate p of an eq table, as the least significant bit: out[2 i + 1] = table[i] p,
// out[2 i] = table[i] - out[2 i + 1]; at: table, p, out.
KERNEL(eq_step) {
    Scalar value = load(pointer<Scalar>(args, 0) + i), set = value * load(pointer<Scalar>(args, 1));
    Scalar *out = pointer<Scalar>(args, 2) + 2 * i;
    store(out, value - set);
    store(out + 1, set);
}

// values[j] = values[j]^-1 in place for j = i, i + n, .. below `length`, at most 32 of them; zeros stay and are counted.
// At: values, length, counter (u32). One inversion for all of a thread's (Montgomery's trick).
KERNEL(invert) {
    Scalar *values = pointer<Scalar>(args, 0);
    Scalar before[32], product = one<ScalarField>();
    u32 count = 0, zeros = 0;
    for (u64 j = i; j < args.at[1]; j += args.n, count++) {
        before[count] = product;
        Scalar value = load(values + j);
        if (is_zero(value)) zeros++;
        else product = product * value;
    }
    Scalar rest = inverse(product);
    while (count-- > 0) {
        Scalar *at = values + i + count * args.n, value = load(at);
        if (is_zero(value)) continue;
        store(at, rest * before[count]);
        rest = rest * value;
    }
    if (zeros) fetch_add(pointer<u32>(args, 2), zeros);
}

// out[i] = first + i as an element; at: first (one element), out.
KERNEL(count_from) {
    store(pointer<Scalar>(args, 1) + i, load(pointer<Scalar>(args, 0)) + element_of<ScalarField>((i64)i));
}
