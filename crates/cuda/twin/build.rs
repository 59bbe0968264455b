//! Compiles `kernels/twin.cpp`.

fn main() {
    println!("cargo::rerun-if-changed=../kernels");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .opt_level(2)
        .flag_if_supported("-Wno-unknown-pragmas")
        .file("../kernels/twin.cpp")
        .compile("zkattest_cuda_twin");
}
