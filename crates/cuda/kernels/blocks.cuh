// Cells of whole rows, small ones or elements, against vectors of weights: blocks of consecutive cells summed to one value
// each, for several vectors at once (`dot_*`), and blocks summed up to one (`fold_*`).
//
// Small cells are raised by half their range, so that sums are of numbers that are not negative; what that adds to a sum
// is known from the weights, and taken off again.
#pragma once
#include "cells.cuh"
#include "products.cuh"
#include "rounds.cuh"
#include "tables.cuh"

// Vectors of weights that a thread sums its cells with at most.
#define MOST_VECTORS 4

// Words of a job of `dot_*`.
#define DOT_WORDS (8 + 6 * MOST_VECTORS)

INLINE u64 low_bits(u64 bits) { return ((u64)1 << bits) - 1; }

// Sixteen bytes of cells, at an address that is a multiple of 16.
INLINE void load_cells(const void *from, u64 &low, u64 &high) {
#if ON_DEVICE
    ulonglong2 pair = *(const ulonglong2 *)from;
    low = pair.x;
    high = pair.y;
#else
    low = ((const u64 *)from)[0];
    high = ((const u64 *)from)[1];
#endif
}

// What a thread of a job of `dot_*` sums: cells x .. end of row `row`. Threads that follow each other have the same place
// in the longest of the vectors' blocks, or in a span where that is longer, so that they read the same weights.
struct DotSpan {
    u64 row, x, end;
};

INLINE DotSpan dot_span(const u64 *job, u64 thread) {
    u64 log_row = job[3], log_span = job[4], log_group = job[5], groups = job[6] << (log_row - log_group);
    u64 group = thread % groups;
    u64 x = ((group & low_bits(log_row - log_group)) << log_group) + (thread / groups << log_span);
    return {group >> (log_row - log_group), x, x + ((u64)1 << log_span)};
}

// One of a job's vectors.
struct DotVector {
    const Scalar *weights;
    // log2 of a block's cells, and of those that a thread sums up to one value.
    u64 mask, log_block, log_unit;
};

INLINE DotVector dot_vector(const u64 *job, int p) {
    const u64 *own = job + 8 + 6 * p;
    u64 log_block = own[2];
    return {(const Scalar *)own[0], low_bits(log_block), log_block, log_block < job[4] ? log_block : job[4]};
}

// Whether cell x is the last of a unit.
INLINE bool ends_unit(const DotVector &vector, u64 x) { return ((x + 1) & low_bits(vector.log_unit)) == 0; }

// Stores the sum of the unit that cell x of a row ends.
INLINE void put_unit(const u64 *job, int p, const DotVector &vector, u64 row, u64 x, Scalar sum) {
    const u64 *own = job + 8 + 6 * p;
    u64 slice = (x & vector.mask) >> vector.log_unit;
    if (own[1]) sum = sum - load((const Scalar *)own[1] + slice);
    u64 block = x >> vector.log_block, blocks = (u64)1 << (job[3] - vector.log_block);
    store((Scalar *)own[3] + (slice * blocks + block) * own[4] + own[5] + row, sum);
}

template <int P, class Sum> INLINE void dot_small(const u64 *job, u64 thread, const Sum none) {
    DotSpan span = dot_span(job, thread);
    u32 bits = (u32)job[2] * 8, sign = 1u << (bits - 1), mask = sign | (sign - 1), half = 64 / bits;
    const u8 *from = (const u8 *)job[1] + ((span.row << job[3]) + span.x) * job[2];
    DotVector vectors[P];
    Sum sums[P];
UNROLL
    for (int p = 0; p < P; p++) {
        vectors[p] = dot_vector(job, p);
        sums[p] = none;
    }
    u64 word, next;
    for (u64 x = span.x; x < span.end; from += 16) {
        load_cells(from, word, next);
ROLLED
        for (u32 k = 1; k <= 2 * half; k++, x++) {
            u32 factor = ((u32)word & mask) ^ sign;
            word = k == half ? next : word >> bits;
UNROLL
            for (int p = 0; p < P; p++) {
                accumulate(sums[p], load(vectors[p].weights + (x & vectors[p].mask)), factor);
                if (ends_unit(vectors[p], x)) {
                    put_unit(job, p, vectors[p], span.row, x, total(sums[p]));
                    sums[p] = none;
                }
            }
        }
    }
}

template <int P> INLINE void dot_of_elements(const u64 *job, u64 thread) {
    DotSpan span = dot_span(job, thread);
    const Scalar *from = (const Scalar *)job[1] + (span.row << job[3]);
    DotVector vectors[P];
    Products sums[P];
UNROLL
    for (int p = 0; p < P; p++) {
        vectors[p] = dot_vector(job, p);
        sums[p] = no_products();
    }
ROLLED
    for (u64 x = span.x; x < span.end; x++) {
        Scalar value = load(from + x);
UNROLL
        for (int p = 0; p < P; p++) {
            accumulate(sums[p], load(vectors[p].weights + (x & vectors[p].mask)), value);
            if (ends_unit(vectors[p], x)) {
                put_unit(job, p, vectors[p], span.row, x, total(sums[p]));
                sums[p] = no_products();
            }
        }
    }
}

// Jobs of the three kernels below, DOT_WORDS words each: first thread, cells of the first row, bytes of a cell, log2 of a
// row's cells, of a thread's (16 bytes of small ones at least) and of a group's (the longest of blocks and of that), rows,
// number of vectors; for each vector its weights, what is taken off each of a block's units or 0, log2 of a block's cells,
// out, rows of all its jobs, and how many are before this job's. Slice s of block b of the row in place r goes to
// out[(s * blocks + b) * rows + r]: blocks longer than what a thread sums have several. At: jobs, their number.

// Cells of one or two bytes, up to MOST_VECTORS vectors.
KERNEL(dot_blocks) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], DOT_WORDS, i);
    switch (job[7]) {
    case 1: return dot_small<1>(job, i - job[0], narrow());
    case 2: return dot_small<2>(job, i - job[0], narrow());
    case 3: return dot_small<3>(job, i - job[0], narrow());
    default: dot_small<4>(job, i - job[0], narrow());
    }
}

// Cells of four bytes, one vector.
KERNEL(dot_wide_blocks) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], DOT_WORDS, i);
    dot_small<1>(job, i - job[0], nothing());
}

// Elements, up to two vectors.
KERNEL(dot_elements) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], DOT_WORDS, i);
    if (job[7] == 1) dot_of_elements<1>(job, i - job[0]);
    else dot_of_elements<2>(job, i - job[0]);
}

// Thread (slice, column) of row `row` of a job of `fold_*`.
struct FoldThread {
    u64 row, slice, column;
};

INLINE FoldThread fold_thread(const u64 *job, u64 i) {
    u64 thread = i - job[0], width = job[5], rest = thread / width;
    return {rest / job[6], rest % job[6], thread % width};
}

INLINE void put_slice(const u64 *job, const FoldThread &at, Scalar sum) {
    if (job[8] && at.slice == 0) sum = sum - load((const Scalar *)job[8]);
    store((Scalar *)job[9] + (at.slice * job[3] + at.row) * job[5] + at.column, sum);
}

template <class Sum> INLINE void fold_small(const u64 *job, const FoldThread &at, Sum sum) {
    u64 bytes = job[2], width = job[5], blocks = job[4];
    u32 sign = 1u << (8 * bytes - 1), mask = sign | (sign - 1);
    const Scalar *weights = (const Scalar *)job[7];
    for (u64 b = at.slice; b < blocks; b += job[6]) {
        i64 value = cell((const void *)job[1], bytes, (at.row * blocks + b) * width + at.column);
        accumulate(sum, load(weights + b), ((u32)value & mask) ^ sign);
    }
    put_slice(job, at, total(sum));
}

// Jobs of the two kernels below, ten words each: first thread, cells, bytes of a cell, rows, blocks of a row, cells of a
// block (width), slices, weights, what is taken off or 0, out. out[(slice * rows + row) * width + column] is the sum of
// weights[b] times cell (row * blocks + b) * width + column over b = slice, slice + slices, ..; the first slice is less
// what is taken off. At: jobs, their number.

// Small cells.
KERNEL(fold_blocks) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 10, i);
    FoldThread at = fold_thread(job, i);
    if (job[2] < 4) fold_small(job, at, narrow());
    else fold_small(job, at, nothing());
}

// Elements.
KERNEL(fold_elements) {
    const u64 *job = job_of(pointer<u64>(args, 0), args.at[1], 10, i);
    FoldThread at = fold_thread(job, i);
    const Scalar *cells = (const Scalar *)job[1], *weights = (const Scalar *)job[7];
    Products sum = no_products();
ROLLED
    for (u64 b = at.slice; b < job[4]; b += job[6])
        accumulate(sum, load(weights + b), load(cells + (at.row * job[4] + b) * job[5] + at.column));
    put_slice(job, at, total(sum));
}
