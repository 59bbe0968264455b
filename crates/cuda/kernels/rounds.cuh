// Round polynomials of sum-checks at small integers. Thread (point, part) sums the rows part, part + parts, .. of
// half the tables' length: out[point * parts + part]. Points are 0, 1, 2, .. or, where the value at 1 follows from
// the claim, 0, 2, 3, ..
#pragma once
#include "field.cuh"

// Number `index` of the points.
INLINE u32 abscissa(u64 index, u64 skips_one) { return (u32)index + (skips_one && index > 0 ? 1 : 0); }

// low + x (high - low) for a small x.
INLINE Scalar line(const Scalar *table, u64 row, u64 half, u32 x) {
    Scalar low = load(table + row);
    if (x == 0) return low;
    Scalar high = load(table + half + row);
    if (x == 1) return high;
    Scalar step = high - low, value = high;
    for (u32 k = 1; k < x; k++) value = value + step;
    return value;
}

// sum weights[row] prod_j line_j(row); at: tables (pointers), their number, weights or 0, half, parts, skips one, out.
KERNEL(round_values) {
    Scalar *const *tables = pointer<Scalar *const>(args, 0);
    const Scalar *weights = pointer<Scalar>(args, 2);
    u64 count = args.at[1], half = args.at[3], parts = args.at[4];
    u32 x = abscissa(i / parts, args.at[5]);
    Scalar sum = zero<ScalarField>();
    for (u64 row = i % parts; row < half; row += parts) {
        Scalar product = line(tables[0], row, half, x);
        for (u64 j = 1; j < count; j++) product = product * line(tables[j], row, half, x);
        sum = sum + (weights ? load(weights + row) * product : product);
    }
    store(pointer<Scalar>(args, 6) + i, sum);
}

// sum (eq_helper A_1 - eq) prod_(j > 1) A_j - eq_first sum_(j > 1) prod_(i > 1, i != j) A_i of lines; at: tables
// (pointers: eq_helper, eq, eq_first, A_1, ..), their number, 0, half, parts, skips one, out.
KERNEL(lookup_round_values) {
    Scalar *const *tables = pointer<Scalar *const>(args, 0);
    u64 count = args.at[1], half = args.at[3], parts = args.at[4];
    u32 x = abscissa(i / parts, args.at[5]);
    Scalar sum = zero<ScalarField>();
    for (u64 row = i % parts; row < half; row += parts) {
        // the sum of 1 / A_j over all columns but the first, as a fraction
        Scalar numerator = zero<ScalarField>(), denominator = one<ScalarField>();
        for (u64 j = 4; j < count; j++) {
            Scalar column = line(tables[j], row, half, x);
            numerator = numerator * column + denominator;
            denominator = denominator * column;
        }
        Scalar left = line(tables[0], row, half, x) * line(tables[3], row, half, x) - line(tables[1], row, half, x);
        sum = sum + (left * denominator - line(tables[2], row, half, x) * numerator);
    }
    store(pointer<Scalar>(args, 6) + i, sum);
}
