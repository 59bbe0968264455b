// Polynomials by their coefficients: division by X^width - point, sums of multiples.
#pragma once
#include "field.cuh"

// Positions of a polynomial that one thread goes through.
#define HORNER_STEPS 32

// Division by X^width - point is suffix[k] = values[k] + point suffix[k + width]: the first `width` are the remainder, the
// others the quotient. Position k / width of residue k % width; thread (segment, residue) has positions HORNER_STEPS
// segment and the following ones.

// The number of the segment's last coefficient, for a residue that has one there.
INLINE u64 last_of_segment(u64 first, u64 width, u64 length) {
    u64 steps = (length - 1 - first) / width;
    return first + width * (steps < HORNER_STEPS ? steps : HORNER_STEPS - 1);
}

// Each segment's own sum, as if nothing followed: out[segment * width + residue]; at: values, length, width, point, out.
KERNEL(segment_sums) {
    u64 length = args.at[1], width = args.at[2], first = i / width * width * HORNER_STEPS + i % width;
    const Scalar *values = pointer<Scalar>(args, 0);
    Scalar point = load(pointer<Scalar>(args, 3)), sum = zero<ScalarField>();
    if (first < length)
        for (u64 k = last_of_segment(first, width, length) + width; k > first;) {
            k -= width;
            sum = load(values + k) + point * sum;
        }
    store(pointer<Scalar>(args, 4) + i, sum);
}

// All suffixes, from those that segments begin with: suffix[(segment + 1) * width + residue] of `follows`, which has
// `following` entries. At: values, length, width, point, follows, following, out. `out` may be `values`.
KERNEL(segment_suffixes) {
    u64 length = args.at[1], width = args.at[2], first = i / width * width * HORNER_STEPS + i % width;
    if (first >= length) return;
    const Scalar *values = pointer<Scalar>(args, 0);
    Scalar point = load(pointer<Scalar>(args, 3)), sum = zero<ScalarField>(), *out = pointer<Scalar>(args, 6);
    if (i + width < args.at[5]) sum = load(pointer<Scalar>(args, 4) + i + width);
    for (u64 k = last_of_segment(first, width, length) + width; k > first;) {
        k -= width;
        sum = load(values + k) + point * sum;
        store(out + k, sum);
    }
}

// out[i] += weight values[i]; at: values, weight (one element), out.
KERNEL(add_multiple) {
    Scalar *out = pointer<Scalar>(args, 2) + i;
    store(out, load(out) + load(pointer<Scalar>(args, 1)) * load(pointer<Scalar>(args, 0) + i));
}

// out[places[i]] += values[i] for places that are all different; at: places (u64), values, out.
KERNEL(add_sparse) {
    Scalar *out = pointer<Scalar>(args, 2) + pointer<u64>(args, 0)[i];
    store(out, load(out) + load(pointer<Scalar>(args, 1) + i));
}
