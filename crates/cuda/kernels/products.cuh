// Sums of products of elements, reduced once: half the work of reducing each product.
#pragma once
#include "field.cuh"

// A sum of at most 2^26 products of two elements' words: at[k] 2^(32 k), and carry[k] 2^(32 (k + 8)).
struct Products {
    u32 at[16], carry[9];
};

INLINE Products no_products() {
    Products sum;
UNROLL
    for (int k = 0; k < 16; k++) sum.at[k] = 0;
UNROLL
    for (int k = 0; k < 9; k++) sum.carry[k] = 0;
    return sum;
}

INLINE void accumulate(Products &sum, const Scalar &x, const Scalar &y) {
UNROLL
    for (int j = 0; j < 8; j++) {
        sum.carry[j] += multiply_add(sum.at + j, x.w, y.w[j]);
        sum.carry[j + 1] += multiply_add(sum.at + j + 1, x.w + 1, y.w[j]);
    }
}

// The sum of the elements' products: 2^-256 times that of their words, mod p.
INLINE Scalar total(const Products &sum) {
    const u32 unit[8] = {1, 0, 0, 0, 0, 0, 0, 0};
    Scalar high = words_of<ScalarField>(sum.at + 8);
    // each product is below 2^508: what is above 2^512 is below 2^22
    const u32 top[8] = {sum.carry[8] + add_words(high.w, sum.carry), 0, 0, 0, 0, 0, 0, 0};
    // 2^256 is below 6 p
    for (int k = 0; k < 5; k++) high = reduced(high);
    return words_of<ScalarField>(unit) * words_of<ScalarField>(sum.at) + high + element(words_of<ScalarField>(top));
}
