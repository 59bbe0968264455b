// The kernels on a processor, a thread after the other: what tests run where there is no device. Compiled twice: as the
// twin, and as the one that counts.
#include "kernels.cu"
#include <cstddef>

#ifdef COUNTING
#define TWIN(name) zkattest_counting_##name
#else
#define TWIN(name) zkattest_twin_##name
#endif

typedef void (*Body)(const Args &, u64);

#define NAMED(name) {#name, name##_body}
static const struct {
    const char *name;
    Body body;
} BODIES[] = {
    NAMED(multiply), NAMED(add), NAMED(subtract), NAMED(inner_products), NAMED(partial_sums), NAMED(eq_step),
    NAMED(invert), NAMED(count_from), NAMED(fold_all), NAMED(gather_all), NAMED(sum_all),
    NAMED(linear_rounds), NAMED(quadratic_rounds), NAMED(cubic_rounds), NAMED(product_rounds),
    NAMED(lookup_rounds), NAMED(short_lookup_rounds), NAMED(bind_weights), NAMED(outer_products),
    NAMED(fill_pieces), NAMED(add_pieces), NAMED(fill_column), NAMED(fill_eqs), NAMED(dot_cells), NAMED(look_up),
    NAMED(dot_blocks), NAMED(dot_wide_blocks), NAMED(dot_elements), NAMED(fold_blocks), NAMED(fold_elements),
    NAMED(segment_sums), NAMED(segment_suffixes), NAMED(add_multiple), NAMED(add_sparse),
    NAMED(count_digits), NAMED(place_digits), NAMED(block_sums), NAMED(block_offsets), NAMED(count_tasks),
    NAMED(list_tasks), NAMED(sum_tasks), NAMED(sum_buckets), NAMED(weigh_segments), NAMED(sum_points), NAMED(copy),
    NAMED(multiply_add_chains),
    NAMED(cell_bits),     NAMED(add_buckets),  NAMED(sum_bits),   NAMED(join_bits),
    NAMED(helper_cells),
};

static bool same(const char *left, const char *right) {
    while (*left && *left == *right) left++, right++;
    return *left == *right;
}

// Runs a kernel; 0 where there is none of that name.
extern "C" int TWIN(launch)(const char *name, const Args *args) {
    for (const auto &kernel : BODIES) {
        if (!same(kernel.name, name)) continue;
        for (u64 i = 0; i < args->n; i++) kernel.body(*args, i);
        return 1;
    }
    return 0;
}

// Sizes and places of what crosses, in the order of `tests/layouts.rs`; ~0 after the last.
extern "C" u64 TWIN(layout)(u64 what) {
    const u64 numbers[] = {
        sizeof(Args),   alignof(Args),   offsetof(Args, n),    offsetof(Args, at),
        sizeof(Scalar), alignof(Scalar), offsetof(Scalar, w),
        sizeof(Affine), alignof(Affine), offsetof(Affine, x),  offsetof(Affine, y),
        sizeof(Point),  alignof(Point),  offsetof(Point, x),   offsetof(Point, y),
        offsetof(Point, zz), offsetof(Point, zzz),
    };
    return what < sizeof(numbers) / sizeof(numbers[0]) ? numbers[what] : ~(u64)0;
}
