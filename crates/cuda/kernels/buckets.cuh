// Multi-scalar multiplication by buckets (Pippenger) of many rows of scalars at once, in launches: digits are counted,
// offsets summed up, terms put in the order of their buckets, buckets cut into tasks of bounded length, tasks summed,
// then buckets, then windows.
//
// Term k of each row belongs to point k. A scalar, less `low`, is cut into `windows` signed digits of `bits` bits: with
// 2^(bits - 1) added to every digit but the highest, digits are plain bits less 2^(bits - 1). Bucket b of a row's window
// holds the terms whose digit is b + 1 or -(b + 1). Scalars fit their digits, which `cell_bits` finds out, so that
// every bucket is one of its window.
#pragma once
#include "cells.cuh"
#include "curve.cuh"

// How scalars lie: 1, 2, 4 bytes signed, or 32: an element, whose `low` is 0.
struct Cut {
    u64 terms, bytes;
    u32 bits, windows;
    i64 low;
};

INLINE u32 buckets_of(const Cut &cut) { return 1u << (cut.bits - 1); }

// Calls visit(window, bucket, negative) for the digits of scalar k that are not zero.
template <class Visit> INLINE void for_digits(const void *scalars, const Cut &cut, u64 k, Visit visit) {
    Scalar shifted = zero<ScalarField>();
    Scalar offset = zero<ScalarField>();
    for (u32 window = 0; window + 1 < cut.windows; window++) {
        u32 at = cut.bits * window + cut.bits - 1;
        offset.w[at >> 5] |= 1u << (at & 31);
    }
    bool negative_top = false;
    if (cut.bytes == 32) {
        shifted = integer(load((const Scalar *)scalars + k));
        add_words(shifted.w, offset.w);
    } else {
        // at most 33 bits with sign and as many of offset: 64-bit arithmetic, the highest digit keeps the sign
        i64 value = cell(scalars, cut.bytes, k) - cut.low + (i64)((u64)offset.w[0] | (u64)offset.w[1] << 32);
        shifted.w[0] = (u32)value;
        shifted.w[1] = (u32)((u64)value >> 32);
        negative_top = value < 0;
        if (negative_top)
            for (int word = 2; word < 8; word++) shifted.w[word] = 0xffffffffu;
    }
    for (u32 window = 0; window < cut.windows; window++) {
        u32 from = cut.bits * window, word = from >> 5, shift = from & 31;
        u64 pair = (u64)shifted.w[word] | (word < 7 ? (u64)shifted.w[word + 1] << 32 : 0);
        i32 digit = (i32)((pair >> shift) & ((1u << cut.bits) - 1));
        if (window + 1 < cut.windows) digit -= (i32)buckets_of(cut);
        else if (negative_top) digit -= (i32)(1u << cut.bits);
        if (digit != 0) visit(window, (u32)(digit < 0 ? -digit : digit) - 1, digit < 0);
    }
}

INLINE Cut cut_of(const Args &args) {
    return {args.at[1], args.at[2], (u32)args.at[3], (u32)args.at[4], (i64)args.at[5]};
}

// Where the buckets of a row's first window begin among all.
INLINE u64 first_bucket(const Cut &cut, u64 row) { return row * cut.windows * buckets_of(cut); }

// sizes[(row * windows + window) * buckets + bucket] += 1 for each digit, thread (row, term); at: rows (pointers), terms,
// bytes, bits, windows, low (i64), sizes.
KERNEL(count_digits) {
    Cut cut = cut_of(args);
    u64 row = i / cut.terms;
    u32 *sizes = pointer<u32>(args, 6) + first_bucket(cut, row);
    for_digits(pointer<void *const>(args, 0)[row], cut, i % cut.terms,
               [&](u32 window, u32 bucket, bool) { fetch_add(&sizes[(u64)window * buckets_of(cut) + bucket], 1); });
}

// Puts 2 k + sign of each digit of term k at its bucket's next place; at: rows (pointers), terms, bytes, bits, windows, low
// (i64), next, order. Afterwards `next` is where each bucket ends.
KERNEL(place_digits) {
    Cut cut = cut_of(args);
    u64 row = i / cut.terms, k = i % cut.terms;
    u32 *next = pointer<u32>(args, 6) + first_bucket(cut, row), *order = pointer<u32>(args, 7);
    for_digits(pointer<void *const>(args, 0)[row], cut, k, [&](u32 window, u32 bucket, bool negative) {
        order[fetch_add(&next[(u64)window * buckets_of(cut) + bucket], 1)] = (u32)(k << 1) | (negative ? 1u : 0u);
    });
}

// masks[row] |= the bits of the row's cells less `low`; where `folds`, of what is negative the complement's, so that
// as many bits and one for the sign hold every cell. Thread (row, part) looks at part, part + parts, ..; at: rows
// (pointers), terms, bytes, low (i64), folds, parts, masks (u32).
KERNEL(cell_bits) {
    u64 terms = args.at[1], parts = args.at[5], row = i / parts;
    const void *cells = pointer<void *const>(args, 0)[row];
    u64 mask = 0;
    for (u64 k = i % parts; k < terms; k += parts) {
        i64 value = cell(cells, args.at[2], k) - (i64)args.at[3];
        mask |= (u64)(args.at[4] && value < 0 ? ~value : value);
    }
    // more than 32 bits are as good as 32: no digit holds them
    fetch_or(pointer<u32>(args, 6) + row, (u32)mask | (mask >> 32 ? 0xffffffffu : 0));
}

// sums[i] = sum of values[64 i .. 64 i + 64); at: values, length, sums.
KERNEL(block_sums) {
    const u32 *values = pointer<u32>(args, 0);
    u32 sum = 0;
    for (u64 k = 64 * i; k < 64 * i + 64 && k < args.at[1]; k++) sum += values[k];
    pointer<u32>(args, 2)[i] = sum;
}

// Sums before each of values[64 i ..], starting from starts[i]; at: values, length, starts, out. `out` may be `values`.
KERNEL(block_offsets) {
    u32 *values = pointer<u32>(args, 0), *out = pointer<u32>(args, 3), sum = pointer<u32>(args, 2)[i];
    for (u64 k = 64 * i; k < 64 * i + 64 && k < args.at[1]; k++) {
        u32 value = values[k];
        out[k] = sum;
        sum += value;
    }
}

// tasks[i] = how many tasks of at most `most` terms bucket i makes; at: sizes, most, tasks.
KERNEL(count_tasks) { pointer<u32>(args, 2)[i] = (u32)((pointer<u32>(args, 0)[i] + args.at[1] - 1) / args.at[1]); }

// For each task of bucket i its first term and its number of terms; at: sizes, ends, most, first task of each bucket,
// tasks (pairs).
KERNEL(list_tasks) {
    u32 size = pointer<u32>(args, 0)[i], start = pointer<u32>(args, 1)[i] - size, most = (u32)args.at[2];
    u32 *tasks = pointer<u32>(args, 4) + 2 * (u64)pointer<u32>(args, 3)[i];
    for (u32 done = 0; done < size; done += most, tasks += 2) {
        tasks[0] = start + done;
        tasks[1] = size - done < most ? size - done : most;
    }
}

// sums[i] = the terms of task i; at: tasks, order, points (affine), sums.
KERNEL(sum_tasks) {
    const u32 *task = pointer<u32>(args, 0) + 2 * i, *order = pointer<u32>(args, 1) + task[0];
    const Affine *points = pointer<Affine>(args, 2);
    Point sum = infinity();
    for (u32 k = 0; k < task[1]; k++) sum = sum_affine(sum, load(points + (order[k] >> 1)), order[k] & 1);
    store(pointer<Point>(args, 3) + i, sum);
}

// Bucket i summed from its tasks, thread (bucket, part) those at part, part + parts, ..; at: sums, first task of each
// bucket, number of tasks of each, parts, out.
KERNEL(sum_buckets) {
    u64 parts = args.at[3], bucket = i / parts;
    const Point *sums = pointer<Point>(args, 0) + pointer<u32>(args, 1)[bucket];
    u32 count = pointer<u32>(args, 2)[bucket];
    Point total = infinity();
    for (u64 k = i % parts; k < count; k += parts) total = sum(total, load(sums + k));
    store(pointer<Point>(args, 4) + i, total);
}

// sum (b + 1) bucket_b over one segment of a window's buckets; at: buckets (points), segment length, segments of a
// window, out. Thread (window, segment).
KERNEL(weigh_segments) {
    u64 length = args.at[1], segments = args.at[2], segment = i % segments;
    const Point *buckets = pointer<Point>(args, 0) + (i / segments * segments + segment) * length;
    Point running = infinity(), weighed = infinity();
    for (u64 k = length; k-- > 0;) {
        running = sum(running, load(buckets + k));
        weighed = sum(weighed, running);
    }
    store(pointer<Point>(args, 3) + i, sum(weighed, multiple(running, (u32)(segment * length))));
}

// out[i] = sum of points[i * length ..][.. length]; at: points, length, out.
KERNEL(sum_points) {
    u64 length = args.at[1];
    const Point *points = pointer<Point>(args, 0) + i * length;
    Point total = infinity();
    for (u64 k = 0; k < length; k++) total = sum(total, load(points + k));
    store(pointer<Point>(args, 2) + i, total);
}
