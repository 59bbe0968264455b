// What all kernels share: integers, the arguments of a launch, and how a kernel is declared.
//
// A kernel is a function of (arguments, index of a thread). No kernel uses shared memory or barriers: threads
// of one launch never wait for each other, launches follow one another. So the same source also runs on a
// processor, thread after thread (`twin`), which is how it is tested where there is no device.
#pragma once

#ifdef __CUDACC_RTC__
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef short i16;
typedef signed char i8;
typedef int i32;
typedef long long i64;
#define ON_DEVICE 1
#define INLINE __device__ __forceinline__
#define OUTLINED __device__ __noinline__
#define CONSTANT static constexpr
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")
#else
#include <cstdint>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t i16;
typedef int8_t i8;
typedef int32_t i32;
typedef int64_t i64;
#define ON_DEVICE 0
#define INLINE static inline
#define OUTLINED static
#define CONSTANT static constexpr
#define UNROLL _Pragma("GCC unroll 8")
#define ROLLED
#endif

// The counting twin counts 32-bit multiply-adds (`twin/counts.cpp`); nothing else does.
#ifdef COUNTING
extern "C" void zkattest_counting_multiply_adds(u64 count);
#define COUNT_MULTIPLY_ADDS(count) zkattest_counting_multiply_adds(count)
#else
#define COUNT_MULTIPLY_ADDS(count)
#endif

// Arguments of a launch: `n` threads, then what the kernel's comment says, pointers and numbers alike.
// `src/machine.rs` has the same struct.
struct Args {
    u64 n;
    u64 at[15];
};

template <class T> INLINE T *pointer(const Args &args, int index) { return (T *)args.at[index]; }

#if ON_DEVICE
#define KERNEL(name)                                                                                         \
    INLINE void name##_body(const Args &args, u64 i);                                                        \
    extern "C" __global__ void __launch_bounds__(256) name(const Args args) {                                \
        u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x;                                                  \
        if (i < args.n) name##_body(args, i);                                                                \
    }                                                                                                        \
    INLINE void name##_body(const Args &args, u64 i)
INLINE u32 fetch_add(u32 *cell, u32 value) { return atomicAdd(cell, value); }
INLINE void fetch_or(u32 *cell, u32 bits) { atomicOr(cell, bits); }
#else
#define KERNEL(name) static void name##_body(const Args &args, u64 i)
INLINE u32 fetch_add(u32 *cell, u32 value) {
    u32 before = *cell;
    *cell += value;
    return before;
}
INLINE void fetch_or(u32 *cell, u32 bits) { *cell |= bits; }
#endif
