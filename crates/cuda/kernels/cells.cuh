// Sums of elements times small integers: rows of cells combined, and rows of cells against a vector. Cells are
// signed integers of 1, 2 or 4 bytes; the positive and the negative ones are summed apart, as plain integers.
#pragma once
#include "field.cuh"

INLINE i64 cell(const void *cells, u64 bytes, u64 index) {
    if (bytes == 1) return ((const i8 *)cells)[index];
    return bytes == 2 ? (i64)((const i16 *)cells)[index] : (i64)((const i32 *)cells)[index];
}

// A sum of at most 2^30 products of an element's words and a 32-bit number: even + odd 2^32, nine words each.
struct Wide {
    u32 even[8], odd[8], even_top, odd_top;
};

INLINE Wide nothing() { return {{0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}, 0, 0}; }

INLINE void accumulate(Wide &sum, const Scalar &x, u32 factor) {
    sum.even_top += multiply_add(sum.even, x.w, factor);
    sum.odd_top += multiply_add(sum.odd, x.w + 1, factor);
}

// The sum mod p.
INLINE Scalar total(const Wide &sum) {
    // even + odd 2^32: eight low words, and two high ones
    Scalar low = words_of<ScalarField>(sum.even);
    const u32 shifted[8] = {0,          sum.odd[0], sum.odd[1], sum.odd[2],
                            sum.odd[3], sum.odd[4], sum.odd[5], sum.odd[6]};
    u64 high = (u64)sum.even_top + sum.odd[7] + add_words(low.w, shifted) + ((u64)sum.odd_top << 32);
    const u32 upper[8] = {(u32)high, (u32)(high >> 32), 0, 0, 0, 0, 0, 0};
    // 2^256 is below 6 p
    for (int k = 0; k < 5; k++) low = reduced(low);
    return low + element(words_of<ScalarField>(upper)); // the factor 2^256 is the one that the high words stand for
}

INLINE void accumulate_cell(Wide &positive, Wide &negative, const Scalar &weight, i64 value) {
    if (value > 0) accumulate(positive, weight, (u32)value);
    if (value < 0) accumulate(negative, weight, (u32)(0 - value));
}

// Thread (row, part) sums weights[k] cells[row * width + k] over k = part, part + parts, ..; at: cells, bytes,
// weights, width, parts, out.
KERNEL(dot_cells) {
    const void *cells = pointer<void>(args, 0);
    const Scalar *weights = pointer<Scalar>(args, 2);
    u64 width = args.at[3], parts = args.at[4], row = i / parts;
    Wide positive = nothing(), negative = nothing();
    for (u64 k = i % parts; k < width; k += parts)
        accumulate_cell(positive, negative, load(weights + k), cell(cells, args.at[1], row * width + k));
    store(pointer<Scalar>(args, 5) + i, total(positive) - total(negative));
}

// out[i] = sum over columns of table[column[i] - least]; at: columns (pointers), their number, bytes, least (i64),
// table, out.
KERNEL(look_up) {
    void *const *columns = pointer<void *const>(args, 0);
    const Scalar *table = pointer<Scalar>(args, 4);
    Scalar sum = zero<ScalarField>();
    for (u64 j = 0; j < args.at[1]; j++) {
        i64 entry = cell(columns[j], args.at[2], i) - (i64)args.at[3];
        sum = sum + load(table + entry);
    }
    store(pointer<Scalar>(args, 5) + i, sum);
}
