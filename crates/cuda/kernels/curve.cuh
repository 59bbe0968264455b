// Points of G1, y^2 = x^3 + 3: affine, and as (X, Y, ZZ, ZZZ) with x = X / ZZ, y = Y / ZZZ, ZZ^3 = ZZZ^2.
// Formulas: Explicit-Formulas Database, "XYZZ coordinates", madd-2008-s, add-2008-s, dbl-2008-s-1.
#pragma once
#include "field.cuh"

// (0, 0) is infinity, which is no point of the curve.
struct Affine {
    Base x, y;
};

// ZZ = 0 is infinity.
struct Point {
    Base x, y, zz, zzz;
};

INLINE Affine load(const Affine *from) { return {load(&from->x), load(&from->y)}; }

INLINE Point load(const Point *from) { return {load(&from->x), load(&from->y), load(&from->zz), load(&from->zzz)}; }

INLINE void store(Point *to, const Point &p) {
    store(&to->x, p.x);
    store(&to->y, p.y);
    store(&to->zz, p.zz);
    store(&to->zzz, p.zzz);
}

INLINE Point infinity() { return {zero<BaseField>(), zero<BaseField>(), zero<BaseField>(), zero<BaseField>()}; }

OUTLINED Point doubled(const Point &p) {
    if (is_zero(p.zz)) return p;
    Base u = p.y + p.y, v = square(u), w = u * v, s = p.x * v;
    Base xx = square(p.x), m = xx + xx + xx;
    Base x = square(m) - s - s;
    return {x, m * (s - x) - w * p.y, v * p.zz, w * p.zzz};
}

// The last steps of both additions: p = U2 - U1 is not zero.
INLINE Point joined(const Base &u1, const Base &s1, const Base &p, const Base &r, const Base &zz, const Base &zzz) {
    Base pp = square(p), ppp = p * pp, q = u1 * pp;
    Base x = square(r) - ppp - q - q;
    return {x, r * (q - x) - s1 * ppp, zz * pp, zzz * ppp};
}

// p + q, for q with the sign that is asked for.
INLINE Point sum_affine(const Point &p, const Affine &q, bool negative) {
    if (is_zero(q.x) && is_zero(q.y)) return p;
    Base y = negative ? negated(q.y) : q.y;
    if (is_zero(p.zz)) return {q.x, y, one<BaseField>(), one<BaseField>()};
    Base difference = q.x * p.zz - p.x, slope = y * p.zzz - p.y;
    if (is_zero(difference)) return is_zero(slope) ? doubled(p) : infinity();
    return joined(p.x, p.y, difference, slope, p.zz, p.zzz);
}

OUTLINED Point sum(const Point &p, const Point &q) {
    if (is_zero(q.zz)) return p;
    if (is_zero(p.zz)) return q;
    Base u1 = p.x * q.zz, s1 = p.y * q.zzz;
    Base difference = q.x * p.zz - u1, slope = q.y * p.zzz - s1;
    if (is_zero(difference)) return is_zero(slope) ? doubled(p) : infinity();
    return joined(u1, s1, difference, slope, p.zz * q.zz, p.zzz * q.zzz);
}

// times p.
OUTLINED Point multiple(const Point &p, u32 times) {
    Point out = infinity();
    for (int bit = 31; bit >= 0; bit--) {
        out = doubled(out);
        if (times >> bit & 1) out = sum(out, p);
    }
    return out;
}
