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

// table[k] += z (table[half + k] - table[k]) in place; at: jobs (first thread, half, table), their number. z lies right
// before them.
KERNEL(fold_all) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 3, i);
    Scalar *low = (Scalar *)job[2] + (i - job[0]), value = load(low);
    store(low, value + load(pointer<Scalar>(args, 0) - 1) * (load(low + job[1]) - value));
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

// Of two tables: two rows' products share a reduction.
KERNEL(quadratic_rounds) {
    const u64 *job = round_of(args, i);
    u64 part = i - job[0];
    bool skips = job[3];
    Scalar sums[3] = {zero<ScalarField>(), zero<ScalarField>(), zero<ScalarField>()};
    for (u64 row = part; row < job[1]; row += 2 * job[2]) {
        u64 next = row + job[2];
        // by table and row: the low halves, then the steps; the high ones
        Scalar step[4], value[4];
UNROLL
        for (int j = 0; j < 2; j++) {
            step[j] = low_of(job, j, row);
            value[j] = high_of(job, j, row);
            step[2 + j] = next < job[1] ? low_of(job, j, next) : zero<ScalarField>();
            value[2 + j] = next < job[1] ? high_of(job, j, next) : zero<ScalarField>();
        }
        sums[0] = sums[0] + sum_of_two(step[0], step[1], step[2], step[3]);
        if (!skips) sums[1] = sums[1] + sum_of_two(value[0], value[1], value[2], value[3]);
UNROLL
        for (int j = 0; j < 4; j++) value[j] = value[j] + (value[j] - step[j]);
        sums[2] = sums[2] + sum_of_two(value[0], value[1], value[2], value[3]);
    }
    put_sum(job, part, 0, sums[0]);
    if (!skips) put_sum(job, part, 1, sums[1]);
    put_sum(job, part, skips ? 1 : 2, sums[2]);
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
            if (x != 1 || !skips) {
                Scalar product = value[0];
ROLLED
                for (u64 j = 1; j < count; j++) product = product * value[j];
                sums[x] = sums[x] + product;
            }
            for (u64 j = 0; j < count; j++) value[j] = value[j] + step[j];
        }
    }
    for (u64 x = 0, point = 0; x <= count; x++)
        if (x != 1 || !skips) put_sum(job, part, point++, sums[x]);
}

// Lookups: sum (eq_helper A_1 - eq) prod_(j > 1) A_j - eq_first sum_(j > 1) prod_(i > 1, i != j) A_i of lines; tables are
// eq_helper, eq, eq_first, A_1, .. of at most eight columns. The products are denominator and numerator of the sum of
// 1 / A_j over all columns but the first.

// Of at most four columns: point by point.
KERNEL(short_lookup_rounds) {
    const u64 *job = round_of(args, i);
    u64 part = i - job[0], count = job[6];
    bool skips = job[3];
    Scalar sums[6], value[7], step[7];
    for (u64 x = 0; x <= count - 2; x++) sums[x] = zero<ScalarField>();
    for (u64 row = part; row < job[1]; row += job[2]) {
        for (u64 j = 0; j < count; j++) {
            value[j] = low_of(job, j, row);
            step[j] = high_of(job, j, row) - value[j];
        }
ROLLED
        for (u64 x = 0; x <= count - 2; x++) {
            if (x != 1 || !skips) {
                Scalar numerator = zero<ScalarField>(), denominator = one<ScalarField>();
ROLLED
                for (u64 j = 4; j < count; j++) {
                    numerator = j == 4 ? denominator : numerator * value[j] + denominator;
                    denominator = j == 4 ? value[j] : denominator * value[j];
                }
                Scalar left = value[0] * value[3] - value[1];
                sums[x] = sums[x] + sum_of_two(left, denominator, zero<ScalarField>() - value[2], numerator);
            }
            for (u64 j = 0; j < count; j++) value[j] = value[j] + step[j];
        }
    }
    for (u64 x = 0, point = 0; x <= count - 2; x++)
        if (x != 1 || !skips) put_sum(job, part, point++, sums[x]);
}

// A polynomial of degree D by its forward differences at a point: its value, that of the first difference, ..
template <int D> struct Differences {
    Scalar at[D + 1];
};

// From its values at 0, 1, .., D.
template <int D> INLINE Differences<D> differences(const Scalar *values) {
    Differences<D> out;
UNROLL
    for (int k = 0; k <= D; k++) out.at[k] = values[k];
UNROLL
    for (int k = 1; k <= D; k++) {
UNROLL
        for (int j = D; j >= k; j--) out.at[j] = out.at[j] - out.at[j - 1];
    }
    return out;
}

// On to the next point.
template <int D> INLINE void advance(Differences<D> &f) {
UNROLL
    for (int k = 0; k < D; k++) f.at[k] = f.at[k] + f.at[k + 1];
}

typedef Differences<1> Line;

INLINE Line line_of(const u64 *job, u64 table, u64 row) {
    Scalar low = low_of(job, table, row);
    return {{low, high_of(job, table, row) - low}};
}

// (f g)(0), (f g)(1) - (f g)(0), and twice the product of the slopes.
OUTLINED Differences<2> times(Line f, Line g) {
    Scalar low = f.at[0] * g.at[0], slope = f.at[1] * g.at[1];
    return {{low, (f.at[0] + f.at[1]) * (g.at[0] + g.at[1]) - low, slope + slope}};
}

// A fraction: 1 / A, of a column that there is, or 0 / 1.
struct Leaf {
    bool there;
    Line column;
};

INLINE Leaf leaf_of(const u64 *job, u64 table, u64 row) {
    if (table < job[6]) return {true, line_of(job, table, row)};
    return {false, {{one<ScalarField>(), zero<ScalarField>()}}};
}

// The sum of two leaves.
struct Pair {
    Differences<2> denominator;
    Line numerator;
};

INLINE Pair pair_of(const u64 *job, u64 table, u64 row) {
    Leaf f = leaf_of(job, table, row), g = leaf_of(job, table + 1, row);
    Pair out;
    out.denominator = times(f.column, g.column);
    // an absent one is the second
    out.numerator = g.column;
    if (!f.there) out.numerator = {{zero<ScalarField>(), zero<ScalarField>()}};
    if (g.there) out.numerator = {{f.column.at[0] + g.column.at[0], f.column.at[1] + g.column.at[1]}};
    return out;
}

// Columns 2 to 5, and 6 to 8, as fractions.
struct Left {
    Differences<4> denominator;
    Differences<3> numerator;
};

struct Right {
    Differences<3> denominator;
    Differences<2> numerator;
};

INLINE Left left_of(const u64 *job, u64 row) {
    Pair f = pair_of(job, 4, row), g = pair_of(job, 6, row);
    Scalar denominators[5], numerators[5];
ROLLED
    for (int x = 0; x < 5; x++) {
        denominators[x] = f.denominator.at[0] * g.denominator.at[0];
        numerators[x] =
            sum_of_two(f.numerator.at[0], g.denominator.at[0], g.numerator.at[0], f.denominator.at[0]);
        advance(f.denominator);
        advance(g.denominator);
        advance(f.numerator);
        advance(g.numerator);
    }
    return {differences<4>(denominators), differences<3>(numerators)};
}

INLINE Right right_of(const u64 *job, u64 row) {
    Pair f = pair_of(job, 8, row);
    Leaf g = leaf_of(job, 10, row);
    Scalar denominators[4], numerators[4];
ROLLED
    for (int x = 0; x < 4; x++) {
        denominators[x] = f.denominator.at[0] * g.column.at[0];
        numerators[x] = f.numerator.at[0] * g.column.at[0];
        if (g.there) numerators[x] = numerators[x] + f.denominator.at[0];
        advance(f.denominator);
        advance(f.numerator);
        advance(g.column);
    }
    return {differences<3>(denominators), differences<2>(numerators)};
}

// Of five to eight columns, as sums of fractions of few columns: products of few lines are multiplied at the few points
// that determine them, and found at the others by additions.
KERNEL(lookup_rounds) {
    const u64 *job = round_of(args, i);
    u64 part = i - job[0], points = job[6] - 1;
    bool skips = job[3];
    Scalar sums[10];
    for (u64 x = 0; x < points; x++) sums[x] = zero<ScalarField>();
ROLLED
    for (u64 row = part; row < job[1]; row += job[2]) {
        Left f = left_of(job, row);
        Right g = right_of(job, row);
        // eq_helper A_1 - eq, and -eq_first
        Differences<2> head = times(line_of(job, 0, row), line_of(job, 3, row));
        Line eq = line_of(job, 1, row), first = {{zero<ScalarField>() - low_of(job, 2, row), low_of(job, 2, row) - high_of(job, 2, row)}};
        head.at[0] = head.at[0] - eq.at[0];
        head.at[1] = head.at[1] - eq.at[1];
ROLLED
        for (u64 x = 0; x < points; x++) {
            if (x != 1 || !skips) {
                Scalar denominator = f.denominator.at[0] * g.denominator.at[0];
                Scalar numerator =
                    sum_of_two(f.numerator.at[0], g.denominator.at[0], g.numerator.at[0], f.denominator.at[0]);
                sums[x] = sums[x] + sum_of_two(head.at[0], denominator, first.at[0], numerator);
            }
            advance(f.denominator);
            advance(f.numerator);
            advance(g.denominator);
            advance(g.numerator);
            advance(head);
            advance(first);
        }
    }
    for (u64 x = 0, point = 0; x < points; x++)
        if (x != 1 || !skips) put_sum(job, part, point++, sums[x]);
}
