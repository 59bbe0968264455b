// What the counting twin's kernels read, write and multiply. The compiler's thread sanitizer calls a function at every access of memory
// that other functions may see; these are ours. Counted is what lies in the machine's memory, one range: not arguments,
// constants, registers.
#include <cstdint>
typedef uint32_t u32;
typedef uint64_t u64;

// `src/counting.rs` has the same struct.
struct Counts {
    // bytes that were asked for
    u64 read, written;
    // different sectors of 32 bytes among them: what has to move at least where caches are empty at first
    u64 sectors_read, sectors_written;
    u64 multiply_adds;
};

static Counts counts;
static u64 base, size;
// Of each sector the number of the launch that touched it last.
static u32 *last_read, *last_written, launch;

extern "C" void zkattest_counting_begin(u64 address, u64 bytes, u32 *reads, u32 *writes, u32 number) {
    base = address, size = bytes, last_read = reads, last_written = writes, launch = number;
    counts = Counts();
}

extern "C" void zkattest_counting_end(Counts *out) { *out = counts; }

extern "C" void zkattest_counting_multiply_adds(u64 count) { counts.multiply_adds += count; }

static void touch(u64 address, u64 bytes, u32 *last, u64 &total, u64 &sectors) {
    u64 at = address - base;
    if (at >= size || bytes == 0) return;
    total += bytes;
    for (u64 sector = at / 32; sector <= (at + bytes - 1) / 32; sector++) {
        sectors += last[sector] != launch;
        last[sector] = launch;
    }
}

static void read(void *from, u64 bytes) { touch((u64)from, bytes, last_read, counts.read, counts.sectors_read); }
static void write(void *to, u64 bytes) { touch((u64)to, bytes, last_written, counts.written, counts.sectors_written); }

#define ACCESSES(bytes)                                                                                      \
    extern "C" void __tsan_read##bytes(void *from) { read(from, bytes); }                                    \
    extern "C" void __tsan_write##bytes(void *to) { write(to, bytes); }                                      \
    extern "C" void __tsan_unaligned_read##bytes(void *from) { read(from, bytes); }                          \
    extern "C" void __tsan_unaligned_write##bytes(void *to) { write(to, bytes); }

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

extern "C" void __tsan_read_range(void *from, u64 bytes) { read(from, bytes); }
extern "C" void __tsan_write_range(void *to, u64 bytes) { write(to, bytes); }
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void *) {}
extern "C" void __tsan_func_exit(void) {}
