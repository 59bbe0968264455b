// Round polynomials of sum-checks at small integers, folds, and what brings many short things back at once: each
// launch works through a list of jobs, every thread for one of them.
#pragma once
#include "field.cuh"

// The job that thread i is one of: jobs of `stride` words, the first of which is the job's first thread, from 0 on.
INLINE const u64 *job_of(const u64 *list, u64 count, u64 stride, u64 i) {
    u64 low = 0, high = count;
    while (high - low > 1) {
        u64 middle = (low + high) / 2;
        if (list[middle * stride] <= i) low = middle;
        else high = middle;
    }
    return list + low * stride;
}

// table[k] += z (table[half + k] - table[k]) in place; at: jobs (first thread, half, table), their number, z.
KERNEL(fold_all) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 3, i);
    Scalar *low = (Scalar *)job[2] + (i - job[0]), value = load(low);
    store(low, value + load(pointer<Scalar>(args, 2)) * (load(low + job[1]) - value));
}

// out[i] = table[k]: tables one after the other; at: jobs (first thread, table), their number, out.
KERNEL(gather_all) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 2, i);
    store(pointer<Scalar>(args, 2) + i, load((const Scalar *)job[1] + (i - job[0])));
}

// out[k] = values[k] + values[k + parts] + ..; at: jobs (first thread, length, parts, values, out), their number.
KERNEL(sum_all) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 5, i);
    const Scalar *values = (const Scalar *)job[3];
    u64 part = i - job[0];
    Scalar sum = load(values + part);
    for (u64 k = part + job[2]; k < job[1]; k += job[2]) sum = sum + load(values + k);
    store((Scalar *)job[4] + part, sum);
}

// Jobs of the rounds below, seven words and two for each table: first thread, rows, parts, whether the value at 1 is
// left out, whether sums are added to what is there, sums, the number of tables, and where their halves begin. Thread
// `part` of a job sums the rows part, part + parts, ..; the sum at point k goes to sums[k * parts + part]. Points are
// 0, 1, 2, .. or 0, 2, 3, .. At: jobs, their number, words of a job.
INLINE const u64 *round_of(const Args &args, u64 i) {
    return job_of(pointer<u64>(args, 0), args.at[1], args.at[2], i);
}

INLINE Scalar low_of(const u64 *job, u64 table, u64 row) { return load((const Scalar *)job[7 + 2 * table] + row); }

INLINE Scalar high_of(const u64 *job, u64 table, u64 row) { return load((const Scalar *)job[8 + 2 * table] + row); }

// The sum at point number `point`.
INLINE void put_sum(const u64 *job, u64 part, u64 point, const Scalar &sum) {
    Scalar *to = (Scalar *)job[5] + point * job[2] + part;
    store(to, job[4] ? load(to) + sum : sum);
}

// sum prod_j (low_j + x (high_j - low_j)) of D tables, each entry read once.
template <int D> INLINE void product_sums(const u64 *job, u64 part) {
    Scalar sums[D + 1];
UNROLL
    for (int x = 0; x <= D; x++) sums[x] = zero<ScalarField>();
    bool skips = job[3];
    for (u64 row = part; row < job[1]; row += job[2]) {
        Scalar step[D], value[D];
UNROLL
        for (int j = 0; j < D; j++) {
            step[j] = low_of(job, j, row);
            value[j] = high_of(job, j, row);
        }
        Scalar product = step[0];
UNROLL
        for (int j = 1; j < D; j++) product = product * step[j];
        sums[0] = sums[0] + product;
UNROLL
        for (int j = 0; j < D; j++) step[j] = value[j] - step[j];
UNROLL
        for (int x = 1; x <= D; x++) {
            if (x > 1) {
UNROLL
                for (int j = 0; j < D; j++) value[j] = value[j] + step[j];
            }
            if (x == 1 && skips) continue;
            product = value[0];
UNROLL
            for (int j = 1; j < D; j++) product = product * value[j];
            sums[x] = sums[x] + product;
        }
    }
    put_sum(job, part, 0, sums[0]);
    if (!skips) put_sum(job, part, 1, sums[1]);
UNROLL
    for (int x = 2; x <= D; x++) put_sum(job, part, skips ? x - 1 : x, sums[x]);
}

KERNEL(linear_rounds) {
    const u64 *job = round_of(args, i);
    product_sums<1>(job, i - job[0]);
}

KERNEL(quadratic_rounds) {
    const u64 *job = round_of(args, i);
    product_sums<2>(job, i - job[0]);
}

KERNEL(cubic_rounds) {
    const u64 *job = round_of(args, i);
    product_sums<3>(job, i - job[0]);
}

// Likewise of up to ten tables, whose values are too many for registers.
KERNEL(product_rounds) {
    const u64 *job = round_of(args, i);
    u64 part = i - job[0], count = job[6];
    bool skips = job[3];
    Scalar sums[11], value[10], step[10];
    for (u64 x = 0; x <= count; x++) sums[x] = zero<ScalarField>();
    for (u64 row = part; row < job[1]; row += job[2]) {
        for (u64 j = 0; j < count; j++) {
            value[j] = low_of(job, j, row);
            step[j] = high_of(job, j, row) - value[j];
        }
ROLLED
        for (u64 x = 0; x <= count; x++) {
            Scalar product = one<ScalarField>();
ROLLED
            for (u64 j = 0; j < count; j++) {
                product = j == 0 ? value[0] : product * value[j];
                value[j] = value[j] + step[j];
            }
            sums[x] = sums[x] + product;
        }
    }
    for (u64 x = 0, point = 0; x <= count; x++)
        if (x != 1 || !skips) put_sum(job, part, point++, sums[x]);
}

// sum (eq_helper A_1 - eq) prod_(j > 1) A_j - eq_first sum_(j > 1) prod_(i > 1, i != j) A_i of lines; tables are
// eq_helper, eq, eq_first, A_1, .. of at most eight columns.
KERNEL(lookup_rounds) {
    const u64 *job = round_of(args, i);
    u64 part = i - job[0], count = job[6];
    bool skips = job[3];
    Scalar sums[10], value[11], step[11];
    for (u64 x = 0; x <= count - 2; x++) sums[x] = zero<ScalarField>();
    for (u64 row = part; row < job[1]; row += job[2]) {
        for (u64 j = 0; j < count; j++) {
            value[j] = low_of(job, j, row);
            step[j] = high_of(job, j, row) - value[j];
        }
ROLLED
        for (u64 x = 0; x <= count - 2; x++) {
            // the sum of 1 / A_j over all columns but the first, as a fraction
            Scalar numerator = zero<ScalarField>(), denominator = one<ScalarField>();
ROLLED
            for (u64 j = 4; j < count; j++) {
                numerator = numerator * value[j] + denominator;
                denominator = denominator * value[j];
            }
            Scalar left = value[0] * value[3] - value[1];
            sums[x] = sums[x] + (left * denominator - value[2] * numerator);
            for (u64 j = 0; j < count; j++) value[j] = value[j] + step[j];
        }
    }
    for (u64 x = 0, point = 0; x <= count - 2; x++)
        if (x != 1 || !skips) put_sum(job, part, point++, sums[x]);
}
