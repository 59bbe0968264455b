//! Compiles `kernels/twin.cpp`: as it is, and once more for counting.

fn main() {
    println!("cargo::rerun-if-changed=../kernels");
    println!("cargo::rerun-if-changed=counts.cpp");
    let build = || {
        let mut build = cc::Build::new();
        build.cpp(true).std("c++17").opt_level(2).flag_if_supported("-Wno-unknown-pragmas");
        build
    };
    build().file("../kernels/twin.cpp").compile("zkattest_cuda_twin");
    // The thread sanitizer's instrumentation calls a function at every access of memory; the functions are those of
    // `counts.cpp`, and its library is not linked. Arithmetic is unrolled, so that its words are no memory.
    build()
        .define("COUNTING", None)
        .flag("-fsanitize=thread")
        .file("../kernels/twin.cpp")
        .compile("zkattest_cuda_counting_twin");
    build().file("counts.cpp").compile("zkattest_cuda_counts");
}
