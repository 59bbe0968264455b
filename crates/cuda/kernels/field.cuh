// The two fields of BN254. An element is eight 32-bit words, least significant first, the integer x 2^256 mod p
// in [0, p): bit for bit what the processor's kernels hold in memory as four 64-bit words.
#pragma once
#include "words.cuh"

// Order r of the groups: cells, challenges, polynomials.
struct ScalarField {
    CONSTANT u32 P[8] = {0xf0000001u, 0x43e1f593u, 0x79b97091u, 0x2833e848u,
                         0x8181585du, 0xb85045b6u, 0xe131a029u, 0x30644e72u};
    // -p^-1 mod 2^32
    CONSTANT u32 INVERSE = 0xefffffffu;
    // 2^256 mod p
    CONSTANT u32 ONE[8] = {0x4ffffffbu, 0xac96341cu, 0x9f60cd29u, 0x36fc7695u,
                           0x7879462eu, 0x666ea36fu, 0x9a07df2fu, 0x0e0a77c1u};
    // 2^512 mod p
    CONSTANT u32 SQUARE[8] = {0xae216da7u, 0x1bb8e645u, 0xe35c59e3u, 0x53fe3ab1u,
                              0x53bb8085u, 0x8c49833du, 0x7f4e44a5u, 0x0216d0b1u};
};

// Coordinates of points.
struct BaseField {
    CONSTANT u32 P[8] = {0xd87cfd47u, 0x3c208c16u, 0x6871ca8du, 0x97816a91u,
                         0x8181585du, 0xb85045b6u, 0xe131a029u, 0x30644e72u};
    CONSTANT u32 INVERSE = 0xe4866389u;
    CONSTANT u32 ONE[8] = {0xc58f0d9du, 0xd35d438du, 0xf5c70b3du, 0x0a78eb28u,
                           0x7879462cu, 0x666ea36fu, 0x9a07df2fu, 0x0e0a77c1u};
    CONSTANT u32 SQUARE[8] = {0x538afa89u, 0xf32cfc5bu, 0xd44501fbu, 0xb5e71911u,
                              0x0a417ff6u, 0x47ab1effu, 0xcab8351fu, 0x06d89f71u};
};

template <class F> struct alignas(16) Element {
    u32 w[8];
};
typedef Element<ScalarField> Scalar;
typedef Element<BaseField> Base;

// Elements are read and written 16 bytes at a time.
template <class F> INLINE Element<F> load(const Element<F> *from) {
#if ON_DEVICE
    uint4 low = ((const uint4 *)from)[0], high = ((const uint4 *)from)[1];
    return {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
#else
    return *from;
#endif
}

template <class F> INLINE void store(Element<F> *to, const Element<F> &x) {
#if ON_DEVICE
    ((uint4 *)to)[0] = make_uint4(x.w[0], x.w[1], x.w[2], x.w[3]);
    ((uint4 *)to)[1] = make_uint4(x.w[4], x.w[5], x.w[6], x.w[7]);
#else
    *to = x;
#endif
}

template <class F> INLINE Element<F> words_of(const u32 *words) {
    Element<F> out;
UNROLL
    for (int k = 0; k < 8; k++) out.w[k] = words[k];
    return out;
}

template <class F> INLINE Element<F> zero() {
    const u32 none[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    return words_of<F>(none);
}

template <class F> INLINE Element<F> one() {
    const u32 words[8] = {F::ONE[0], F::ONE[1], F::ONE[2], F::ONE[3], F::ONE[4], F::ONE[5], F::ONE[6], F::ONE[7]};
    return words_of<F>(words);
}

template <class F> INLINE Element<F> modulus() {
    const u32 words[8] = {F::P[0], F::P[1], F::P[2], F::P[3], F::P[4], F::P[5], F::P[6], F::P[7]};
    return words_of<F>(words);
}

// From [0, 2 p) to [0, p).
template <class F> INLINE Element<F> reduced(Element<F> x) {
    Element<F> less = x, p = modulus<F>();
    u32 borrow = subtract_words(less.w, p.w);
UNROLL
    for (int k = 0; k < 8; k++) x.w[k] = borrow ? x.w[k] : less.w[k];
    return x;
}

template <class F> INLINE Element<F> operator+(Element<F> x, const Element<F> &y) {
    add_words(x.w, y.w); // below 2 p < 2^255
    return reduced(x);
}

template <class F> INLINE Element<F> operator-(Element<F> x, const Element<F> &y) {
    u32 mask = 0u - subtract_words(x.w, y.w);
    Element<F> p = modulus<F>();
UNROLL
    for (int k = 0; k < 8; k++) p.w[k] &= mask;
    add_words(x.w, p.w);
    return x;
}

template <class F> INLINE bool is_zero(const Element<F> &x) {
    u32 any = 0;
UNROLL
    for (int k = 0; k < 8; k++) any |= x.w[k];
    return any == 0;
}

template <class F> INLINE Element<F> negated(const Element<F> &x) {
    return is_zero(x) ? x : modulus<F>() - x;
}

// (x[0] y[0] + .. + x[K - 1] y[K - 1]) 2^-256 mod p (Montgomery 1985), a word of every y at a time.
//
// The sum is kept as even + odd 2^32, eight words each, so that every product of two words lies within one of
// them at an even place and carries run along one chain. Before a word is dropped the sum is below
// (K + 1) p (2^32 + 1) < 2^288 for x < p, y < 2^256 (y < p where K > 1): nothing leaves `odd`, and what leaves `even`
// belongs to odd's last word. At the end it is below (K p^2 + p 2^256) 2^-256 < 2 p.
template <int K, class F> INLINE Element<F> sum_of_products(const Element<F> *x, const Element<F> *y) {
    static_assert(K >= 1 && K <= 4, "(K + 1) p < 2^256");
    const Element<F> p = modulus<F>();
    u32 even[8] = {0, 0, 0, 0, 0, 0, 0, 0}, odd[8] = {0, 0, 0, 0, 0, 0, 0, 0};
UNROLL
    for (int i = 0; i < 8; i++) {
        u32 word = even[1];
        if (i > 0) {
            // the lowest word is zero: drop it, and even and odd change places
            u32 upper[8];
UNROLL
            for (int k = 0; k < 8; k++) upper[k] = k < 6 ? even[k + 2] : 0;
UNROLL
            for (int k = 0; k < 8; k++) {
                even[k] = odd[k];
                odd[k] = upper[k];
            }
        }
UNROLL
        for (int j = 0; j < K; j++) {
            if (i > 0 && j == 0) add_multiply_add(&even[0], word, odd, x[j].w + 1, y[j].w[i]);
            else multiply_add(odd, x[j].w + 1, y[j].w[i]);
            odd[7] += multiply_add(even, x[j].w, y[j].w[i]);
        }
        u32 quotient = even[0] * F::INVERSE;
        COUNT_MULTIPLY_ADDS(1);
        multiply_add(odd, p.w + 1, quotient);
        odd[7] += multiply_add(even, p.w, quotient);
    }
    Element<F> out;
    u32 upper[8] = {even[1], even[2], even[3], even[4], even[5], even[6], even[7], 0};
UNROLL
    for (int k = 0; k < 8; k++) out.w[k] = odd[k];
    add_words(out.w, upper);
    return reduced(out);
}

template <class F> INLINE Element<F> operator*(const Element<F> &x, const Element<F> &y) {
    return sum_of_products<1, F>(&x, &y);
}

// a b + c d.
template <class F>
INLINE Element<F> sum_of_two(const Element<F> &a, const Element<F> &b, const Element<F> &c, const Element<F> &d) {
    const Element<F> left[2] = {a, c}, right[2] = {b, d};
    return sum_of_products<2, F>(left, right);
}

template <class F> INLINE Element<F> square(const Element<F> &x) { return x * x; }

// The integer below p that an element stands for.
template <class F> INLINE Element<F> integer(const Element<F> &x) {
    const u32 unit[8] = {1, 0, 0, 0, 0, 0, 0, 0};
    return x * words_of<F>(unit);
}

// The element of an integer below 2^256 given as words.
template <class F> INLINE Element<F> element(const Element<F> &integer) {
    const u32 words[8] = {F::SQUARE[0], F::SQUARE[1], F::SQUARE[2], F::SQUARE[3],
                          F::SQUARE[4], F::SQUARE[5], F::SQUARE[6], F::SQUARE[7]};
    return words_of<F>(words) * integer;
}

template <class F> INLINE Element<F> element_of(i64 value) {
    u64 size = value < 0 ? 0 - (u64)value : (u64)value;
    const u32 words[8] = {(u32)size, (u32)(size >> 32), 0, 0, 0, 0, 0, 0};
    Element<F> out = element(words_of<F>(words));
    return value < 0 ? negated(out) : out;
}

// x^-1, or 0 for 0: x^(p - 2) (Fermat).
template <class F> OUTLINED Element<F> inverse(const Element<F> &x) {
    Element<F> power = modulus<F>();
    power.w[0] -= 2; // no borrow: both moduli end in words above 1
    Element<F> out = one<F>();
    for (int bit = 253; bit >= 0; bit--) {
        out = square(out);
        if (power.w[bit >> 5] >> (bit & 31) & 1) out = out * x;
    }
    return out;
}
