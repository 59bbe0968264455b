// Chains of 32-bit words with carries: one instruction each on a device, 64-bit arithmetic elsewhere.
#pragma once
#include "prelude.cuh"

// acc += (x[0] + x[2] 2^64 + x[4] 2^128 + x[6] 2^192) y; returns the carry out of eight words.
INLINE u32 multiply_add(u32 *acc, const u32 *x, u32 y) {
#if ON_DEVICE
    u32 carry;
    asm("mad.lo.cc.u32 %0, %9, %13, %0;\n\t"
        "madc.hi.cc.u32 %1, %9, %13, %1;\n\t"
        "madc.lo.cc.u32 %2, %10, %13, %2;\n\t"
        "madc.hi.cc.u32 %3, %10, %13, %3;\n\t"
        "madc.lo.cc.u32 %4, %11, %13, %4;\n\t"
        "madc.hi.cc.u32 %5, %11, %13, %5;\n\t"
        "madc.lo.cc.u32 %6, %12, %13, %6;\n\t"
        "madc.hi.cc.u32 %7, %12, %13, %7;\n\t"
        "addc.u32 %8, 0, 0;"
        : "+r"(acc[0]), "+r"(acc[1]), "+r"(acc[2]), "+r"(acc[3]), "+r"(acc[4]), "+r"(acc[5]), "+r"(acc[6]),
          "+r"(acc[7]), "=r"(carry)
        : "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(y));
    return carry;
#else
    COUNT_MULTIPLY_ADDS(8);
    u64 carry = 0;
UNROLL
    for (int k = 0; k < 4; k++) {
        u64 product = (u64)x[2 * k] * y;
        carry += (u64)acc[2 * k] + (u32)product;
        acc[2 * k] = (u32)carry;
        carry = (carry >> 32) + acc[2 * k + 1] + (product >> 32);
        acc[2 * k + 1] = (u32)carry;
        carry >>= 32;
    }
    return (u32)carry;
#endif
}

// *low += word, and acc += (x[0] + x[2] 2^64 + x[4] 2^128 + x[6] 2^192) y + the carry of that; nothing may leave
// the eight words of acc.
INLINE void add_multiply_add(u32 *low, u32 word, u32 *acc, const u32 *x, u32 y) {
#if ON_DEVICE
    asm("add.cc.u32 %8, %8, %9;\n\t"
        "madc.lo.cc.u32 %0, %10, %14, %0;\n\t"
        "madc.hi.cc.u32 %1, %10, %14, %1;\n\t"
        "madc.lo.cc.u32 %2, %11, %14, %2;\n\t"
        "madc.hi.cc.u32 %3, %11, %14, %3;\n\t"
        "madc.lo.cc.u32 %4, %12, %14, %4;\n\t"
        "madc.hi.cc.u32 %5, %12, %14, %5;\n\t"
        "madc.lo.cc.u32 %6, %13, %14, %6;\n\t"
        "madc.hi.u32 %7, %13, %14, %7;"
        : "+r"(acc[0]), "+r"(acc[1]), "+r"(acc[2]), "+r"(acc[3]), "+r"(acc[4]), "+r"(acc[5]), "+r"(acc[6]),
          "+r"(acc[7]), "+r"(*low)
        : "r"(word), "r"(x[0]), "r"(x[2]), "r"(x[4]), "r"(x[6]), "r"(y));
#else
    COUNT_MULTIPLY_ADDS(8);
    u64 sum = (u64)*low + word;
    *low = (u32)sum;
    u64 carry = sum >> 32;
UNROLL
    for (int k = 0; k < 4; k++) {
        u64 product = (u64)x[2 * k] * y;
        carry += (u64)acc[2 * k] + (u32)product;
        acc[2 * k] = (u32)carry;
        carry = (carry >> 32) + acc[2 * k + 1] + (product >> 32);
        acc[2 * k + 1] = (u32)carry;
        carry >>= 32;
    }
#endif
}

// x += y over eight words; returns the carry.
INLINE u32 add_words(u32 *x, const u32 *y) {
#if ON_DEVICE
    u32 carry;
    asm("add.cc.u32 %0, %0, %9;\n\t"
        "addc.cc.u32 %1, %1, %10;\n\t"
        "addc.cc.u32 %2, %2, %11;\n\t"
        "addc.cc.u32 %3, %3, %12;\n\t"
        "addc.cc.u32 %4, %4, %13;\n\t"
        "addc.cc.u32 %5, %5, %14;\n\t"
        "addc.cc.u32 %6, %6, %15;\n\t"
        "addc.cc.u32 %7, %7, %16;\n\t"
        "addc.u32 %8, 0, 0;"
        : "+r"(x[0]), "+r"(x[1]), "+r"(x[2]), "+r"(x[3]), "+r"(x[4]), "+r"(x[5]), "+r"(x[6]), "+r"(x[7]),
          "=r"(carry)
        : "r"(y[0]), "r"(y[1]), "r"(y[2]), "r"(y[3]), "r"(y[4]), "r"(y[5]), "r"(y[6]), "r"(y[7]));
    return carry;
#else
    u64 carry = 0;
UNROLL
    for (int k = 0; k < 8; k++) {
        carry += (u64)x[k] + y[k];
        x[k] = (u32)carry;
        carry >>= 32;
    }
    return (u32)carry;
#endif
}

// x -= y over eight words; returns 1 where it borrows, else 0.
INLINE u32 subtract_words(u32 *x, const u32 *y) {
#if ON_DEVICE
    u32 borrow;
    asm("sub.cc.u32 %0, %0, %9;\n\t"
        "subc.cc.u32 %1, %1, %10;\n\t"
        "subc.cc.u32 %2, %2, %11;\n\t"
        "subc.cc.u32 %3, %3, %12;\n\t"
        "subc.cc.u32 %4, %4, %13;\n\t"
        "subc.cc.u32 %5, %5, %14;\n\t"
        "subc.cc.u32 %6, %6, %15;\n\t"
        "subc.cc.u32 %7, %7, %16;\n\t"
        "subc.u32 %8, 0, 0;"
        : "+r"(x[0]), "+r"(x[1]), "+r"(x[2]), "+r"(x[3]), "+r"(x[4]), "+r"(x[5]), "+r"(x[6]), "+r"(x[7]),
          "=r"(borrow)
        : "r"(y[0]), "r"(y[1]), "r"(y[2]), "r"(y[3]), "r"(y[4]), "r"(y[5]), "r"(y[6]), "r"(y[7]));
    return borrow & 1;
#else
    i64 borrow = 0;
UNROLL
    for (int k = 0; k < 8; k++) {
        borrow += (i64)x[k] - (i64)y[k];
        x[k] = (u32)borrow;
        borrow >>= 32;
    }
    return (u32)(borrow & 1);
#endif
}
