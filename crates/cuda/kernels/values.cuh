// Sums of points by the values of small cells, and sums of these with scalars: what a row of a function of cells sums to,
// a term for each value instead of one for each cell. The sums by value are the buckets of cells cut into one digit.
#pragma once
#include "buckets.cuh"

// out[group * buckets + b] = the buckets b of the group's rows, of which the last group may have fewer; thread (group, b).
// At: sums (by row and bucket), buckets, rows of a group, rows, out.
KERNEL(add_buckets) {
    u64 buckets = args.at[1], first = i / buckets * args.at[2], rows = args.at[3];
    const Point *sums = pointer<Point>(args, 0) + i % buckets;
    Point total = infinity();
    for (u64 row = first; row < first + args.at[2] && row < rows; row++)
        total = sum(total, load(sums + row * buckets));
    store(pointer<Point>(args, 4) + i, total);
}

// Thread (row, part, bit) sums those of the row's points part, part + parts, .. whose scalar has the bit, of 256:
// out[(row * 256 + bit) * parts + part]. At: points, points from a row to the next, points of a row, scalars (256-bit
// integers), parts, out.
KERNEL(sum_bits) {
    u64 bit = i % 256, count = args.at[2], parts = args.at[4], part = i / 256 % parts, row = i / 256 / parts;
    const Point *points = pointer<Point>(args, 0) + row * args.at[1];
    const u32 *words = pointer<u32>(args, 3) + bit / 32;
    Point total = infinity();
    for (u64 k = part; k < count; k += parts)
        if (words[8 * k] >> (bit % 32) & 1) total = sum(total, load(points + k));
    store(pointer<Point>(args, 5) + (row * 256 + bit) * parts + part, total);
}

// out[i] = sum over k < 8 of 2^k points[8 i + k]; at: points, out.
KERNEL(join_bits) {
    const Point *points = pointer<Point>(args, 0) + 8 * i;
    Point total = infinity();
    for (int k = 7; k >= 0; k--) total = sum(doubled(total), load(points + k));
    store(pointer<Point>(args, 1) + i, total);
}

// Helper cells of a lookup's rows: out[i] = sum over columns j of table[cell + zero], for cell x = i mod m of row
// i / m + first, column j: cells[((i / m + first) * columns + j) * m + x]. Rows from `rows` on are absent; for their cells
// table[entries] is added; for a cell that the table does not have, nothing. At: cells, bytes, m, first, columns, rows, zero
// (i64), entries, table, out.
KERNEL(helper_cells) {
    const void *cells = pointer<void>(args, 0);
    const Scalar *table = pointer<Scalar>(args, 8);
    u64 m = args.at[2], columns = args.at[4], entries = args.at[7], row = (i / m + args.at[3]) * columns;
    Scalar sum = zero<ScalarField>();
    for (u64 j = 0; j < columns; j++, row++) {
        u64 entry = entries;
        if (row < args.at[5]) {
            entry = (u64)(cell(cells, args.at[1], row * m + i % m) + (i64)args.at[6]);
            if (entry >= entries) continue;
        }
        sum = sum + load(table + entry);
    }
    store(pointer<Scalar>(args, 9) + i, sum);
}
