// Tables of sum-check 1 with some of their first variables bound, computed from resident cells of two bytes. A table's
// index is (number, entry): numbers count what is left of the first variables. With k variables bound, entry (number, .)
// is the sum of weights[first] times the entries that (first, .) has unbound, over first = y * left + number for all y
// below 2^k, where weights hold the factors eq(rho_1 .. rho_k, y) already (`bind_weights`).
#pragma once
#include "field.cuh"

// Entries of a table that one thread makes, so that it reads each weight once for all of them.
#define TOGETHER 4

// What cells are raised by, to be sums of numbers that are not negative.
#define RAISED 32768

// An offset that stands for no cells.
#define ABSENT (~(u64)0)

// A sum of at most 2^15 products of an element and a number below 2^16: the sum of at[k] 2^(32 k), each at[k] below
// 2^63, so that no carries run between products.
struct Narrow {
    u64 at[8];
};

INLINE Narrow narrow() { return {{0, 0, 0, 0, 0, 0, 0, 0}}; }

INLINE void accumulate(Narrow &sum, const Scalar &x, u32 factor) {
    COUNT_MULTIPLY_ADDS(16);
UNROLL
    for (int k = 0; k < 8; k++) sum.at[k] += (u64)x.w[k] * factor;
}

INLINE u32 raised(i16 cell) { return (u32)((i32)cell + RAISED); }

// The upper half of a product.
INLINE u64 multiply_high(u64 x, u64 y) {
#if ON_DEVICE
    return __umul64hi(x, y);
#else
    return (u64)((unsigned __int128)x * y >> 64);
#endif
}

// The sum S mod p, S < 2^31 p.
//
// With t = floor(S / 2^224), P = floor(p / 2^224) and M = floor(2^64 / (P + 1)) the estimate q = floor(t M / 2^64) is at
// most t / (P + 1), hence at most S / p. S / p < (t + 1) / P and q > t / (P + 1) - t / 2^64 - 1, which differ by
// t / (P (P + 1)) + 1 / P + t / 2^64 + 1 < 3.8 for t < 2^60.6: S - q p lies in [0, 4 p), and 4 p < 2^256.
INLINE Scalar total(const Narrow &sum) {
    COUNT_MULTIPLY_ADDS(24); // 16 of the quotient's product, and 8 of its estimate
    Scalar out;
    u64 carry = 0;
UNROLL
    for (int k = 0; k < 8; k++) {
        carry += sum.at[k];
        out.w[k] = (u32)carry;
        carry >>= 32;
    }
    const u64 inverse = 0x54a474622ull; // M
    u64 quotient = multiply_high(carry << 32 | out.w[7], inverse), product = 0;
    Scalar less;
UNROLL
    for (int k = 0; k < 8; k++) {
        product += quotient * ScalarField::P[k];
        less.w[k] = (u32)product;
        product >>= 32;
    }
    subtract_words(out.w, less.w);
    return reduced(reduced(reduced(out)));
}

// The same sum as one product, so that others can follow.
OUTLINED Narrow settled(Narrow sum) {
    Scalar value = total(sum);
UNROLL
    for (int k = 0; k < 8; k++) sum.at[k] = value.w[k];
    return sum;
}

// Most terms of a sum before it is settled.
#define MOST_TERMS 32768

// weights[i] *= z or 1 - z, by the bit of the index of its first variables that is bound: (i / slots / left) & 1; at:
// weights, slots, left after it, z, 1 - z (two elements, one after the other).
KERNEL(bind_weights) {
    Scalar *weight = pointer<Scalar>(args, 0) + i;
    u64 bit = i / args.at[1] / args.at[2] & 1;
    store(weight, load(weight) * load(pointer<Scalar>(args, 3) + (1 - bit)));
}

// out[i] = rows[i / columns] entries[i % columns], of `columns` entries; at: rows, entries, columns, out.
KERNEL(outer_products) {
    u64 columns = args.at[2];
    store(pointer<Scalar>(args, 3) + i, load(pointer<Scalar>(args, 0) + i / columns) * load(pointer<Scalar>(args, 1) + i % columns));
}

// What the kernels below make: entries start .. start + count of a table, in blocks of 2^bits. Thread i makes up to
// TOGETHER entries of one block, 2^step from each other.
struct Span {
    u64 block, within, start, end;
    u32 bits, step;
};

INLINE Span span_of(u64 i, u64 bits, u64 start, u64 count) {
    u32 step = bits < 2 ? 0 : (u32)bits - 2;
    return {(start >> bits) + (i >> step), i & (((u64)1 << step) - 1), start, start + count, (u32)bits, step};
}

// Entry j of the thread, within the block.
INLINE u64 entry_of(const Span &span, u64 j) { return span.within + (j << span.step); }

// Whether there is one that is asked for.
INLINE bool is_made(const Span &span, u64 j) {
    u64 within = entry_of(span, j), at = (span.block << span.bits) + within;
    return within >> span.bits == 0 && at >= span.start && at < span.end;
}

// Its place in `out`.
INLINE u64 place_of(const Span &span, u64 j) { return (span.block << span.bits) + entry_of(span, j) - span.start; }

// Entry (number, outer, within) = inner[within] outer[outer] (base[number] + sum over y and slots of weights[first, slot]
// (cells[offsets[first, slot] + outer_offsets[outer] + within] + 2^15)), first = y left + number; zero where outer is
// ABSENT or within is not real. At: cells, offsets, weights, layout (slots, firsts, log2 of the outers, of a block), left,
// base, outer offsets, outer weights or 0, inner weights or 0, real (bytes), start, count, out.
KERNEL(fill_pieces) {
    const i16 *cells = pointer<i16>(args, 0);
    const u64 *offsets = pointer<u64>(args, 1), *layout = pointer<u64>(args, 3);
    const Scalar *weights = pointer<Scalar>(args, 2);
    u64 slots = layout[0], firsts = layout[1], outer_bits = layout[2], left = args.at[4];
    Span span = span_of(i, layout[3], args.at[10], args.at[11]);
    Scalar *out = pointer<Scalar>(args, 12);
    u64 number = span.block >> outer_bits, outer = span.block & (((u64)1 << outer_bits) - 1);
    u64 at = pointer<u64>(args, 6)[outer];
    bool made[TOGETHER], real[TOGETHER];
UNROLL
    for (int j = 0; j < TOGETHER; j++) {
        made[j] = is_made(span, j);
        real[j] = made[j] && at != ABSENT && pointer<u8>(args, 9)[entry_of(span, j)];
    }
    Narrow sums[TOGETHER];
UNROLL
    for (int j = 0; j < TOGETHER; j++) sums[j] = narrow();
    if (at != ABSENT) {
        u32 terms = 0;
        for (u64 first = number; first < firsts; first += left) {
            for (u64 term = first * slots; term < (first + 1) * slots; term++) {
                if (offsets[term] == ABSENT) break;
                const i16 *from = cells + offsets[term] + at + span.within;
                Scalar weight = load(weights + term);
UNROLL
                for (int j = 0; j < TOGETHER; j++)
                    if (real[j]) accumulate(sums[j], weight, raised(from[(u64)j << span.step]));
                if (++terms == MOST_TERMS) {
                    terms = 1;
UNROLL
                    for (int j = 0; j < TOGETHER; j++) sums[j] = settled(sums[j]);
                }
            }
        }
    }
    Scalar base = load(pointer<Scalar>(args, 5) + number);
UNROLL
    for (int j = 0; j < TOGETHER; j++) {
        if (!made[j]) continue;
        Scalar value = zero<ScalarField>();
        if (real[j]) {
            value = total(sums[j]) + base;
            if (args.at[7]) value = value * load(pointer<Scalar>(args, 7) + outer);
            if (args.at[8]) value = value * load(pointer<Scalar>(args, 8) + entry_of(span, j));
        }
        store(out + place_of(span, j), value);
    }
}

// out[k] += scales[(start + k) / 2^bits] inner[(start + k) % 2^bits]; at: scales, inner, bits, start, out.
KERNEL(add_pieces) {
    u64 at = args.at[3] + i, bits = args.at[2];
    Scalar *out = pointer<Scalar>(args, 4) + i;
    Scalar scale = load(pointer<Scalar>(args, 0) + (at >> bits));
    if (is_zero(scale)) return;
    store(out, load(out) + scale * load(pointer<Scalar>(args, 1) + (at & (((u64)1 << bits) - 1))));
}

// A range lookup's layout: cells of lookup row r's columns lie in whole rows, one after the other, and its rows are
// numbered by runs.
struct Columns {
    // The first cell, rows that there are, columns of a lookup row, log2 of a row's cells and of a run's.
    u64 first, rows, columns, log_row, log_run;
};

INLINE Columns columns_of(const u64 *words) { return {words[0], words[1], words[2], words[3], words[4]}; }

// Where the run `number` of column `column` begins; ABSENT where the last lookup row lacks it.
INLINE u64 run_of(const Columns &layout, u64 number, u64 column) {
    u64 runs = layout.log_row - layout.log_run, row = (number >> runs) * layout.columns + column;
    if (row >= layout.rows) return ABSENT;
    return layout.first + (row << layout.log_row) + ((number & (((u64)1 << runs) - 1)) << layout.log_run);
}

// A column's entries base + sum over y of prefix[y] (cell + 2^15), cell 0 where there is none. At: cells, layout (see
// Columns), prefix, its length, left, base (one element), start, count, column, out.
KERNEL(fill_column) {
    const i16 *cells = pointer<i16>(args, 0);
    const Columns layout = columns_of(pointer<u64>(args, 1));
    const Scalar *prefix = pointer<Scalar>(args, 2);
    u64 left = args.at[4];
    Span span = span_of(i, layout.log_run, args.at[6], args.at[7]);
    Scalar *out = pointer<Scalar>(args, 9);
    bool made[TOGETHER];
    Narrow sums[TOGETHER];
UNROLL
    for (int j = 0; j < TOGETHER; j++) {
        made[j] = is_made(span, j);
        sums[j] = narrow();
    }
    for (u64 y = 0; y < args.at[3]; y++) {
        u64 from = run_of(layout, y * left + span.block, args.at[8]);
        Scalar weight = load(prefix + y);
UNROLL
        for (int j = 0; j < TOGETHER; j++)
            if (made[j]) {
                i16 cell = from == ABSENT ? 0 : cells[from + entry_of(span, j)];
                accumulate(sums[j], weight, raised(cell));
            }
        if (y % (MOST_TERMS - 1) == MOST_TERMS - 2) {
UNROLL
            for (int j = 0; j < TOGETHER; j++) sums[j] = settled(sums[j]);
        }
    }
    Scalar base = load(pointer<Scalar>(args, 5));
UNROLL
    for (int j = 0; j < TOGETHER; j++)
        if (made[j]) store(out + place_of(span, j), total(sums[j]) + base);
}

// eq h, eq and eq A_1: with tied[first] = eq over (prefix, run), entry by entry
// eq_cells sum_y tied helper, eq_cells eq_left[number], eq_cells (first_left[number] + sum_y tied (cell of the first
// column + 2^15)). At: cells, layout (see Columns; then the helper column's first cell), tied, eq_cells, eq_left,
// first_left, helper, left, its firsts, start, and the three outs.
KERNEL(fill_eqs) {
    const Columns layout = columns_of(pointer<u64>(args, 1));
    const Scalar *tied = pointer<Scalar>(args, 2);
    const Scalar *helper = pointer<Scalar>(args, 6) + pointer<u64>(args, 1)[5];
    u64 at = args.at[9] + i, number = at >> layout.log_run, within = at & (((u64)1 << layout.log_run) - 1);
    Scalar helpers = zero<ScalarField>();
    Narrow cells = narrow();
    u32 terms = 0;
    for (u64 first = number; first < args.at[8]; first += args.at[7]) {
        u64 from = run_of(layout, first, 0);
        if (from == ABSENT) break; // and all that follow
        Scalar weight = load(tied + first);
        helpers = helpers + weight * load(helper + (first << layout.log_run) + within);
        accumulate(cells, weight, raised(pointer<i16>(args, 0)[from + within]));
        if (++terms == MOST_TERMS) {
            terms = 1;
            cells = settled(cells);
        }
    }
    Scalar eq = load(pointer<Scalar>(args, 3) + within);
    store(pointer<Scalar>(args, 10) + i, eq * helpers);
    store(pointer<Scalar>(args, 11) + i, eq * load(pointer<Scalar>(args, 4) + number));
    store(pointer<Scalar>(args, 12) + i, eq * (total(cells) + load(pointer<Scalar>(args, 5) + number)));
}
