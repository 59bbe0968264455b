//! The extension module `zkattest._native`: thin wrappers that release the interpreter lock in long calls and turn
//! every error into a class of `zkattest.errors`. Its types are described in `zkattest/_native.pyi`.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "documented once, in zkattest/_native.pyi")]

mod ceremony;
mod commitment;
mod device;
mod errors;
mod srs;
mod sumcheck;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<srs::NativeSrs>()?;
    module.add_class::<commitment::NativeLayout>()?;
    module.add_class::<commitment::NativeRows>()?;
    module.add_function(wrap_pyfunction!(commitment::draw_blinders, module)?)?;
    module.add_function(wrap_pyfunction!(commitment::check_blinders, module)?)?;
    module.add_function(wrap_pyfunction!(commitment::check_rows, module)?)?;
    module.add_function(wrap_pyfunction!(commitment::commitment_identity, module)?)?;
    module.add_class::<sumcheck::NativeCircuit>()?;
    module.add_class::<sumcheck::NativeDataCircuit>()?;
    module.add_class::<sumcheck::NativeRelation>()?;
    module.add_class::<sumcheck::NativeWitness>()?;
    module.add_class::<sumcheck::NativeVerifier>()?;
    module.add_function(wrap_pyfunction!(sumcheck::sumcheck_choose, module)?)?;
    module.add_function(wrap_pyfunction!(sumcheck::model_plans, module)?)?;
    module.add_function(wrap_pyfunction!(sumcheck::sumcheck_prove, module)?)?;
    module.add_function(wrap_pyfunction!(sumcheck::sumcheck_register, module)?)?;
    module.add_function(wrap_pyfunction!(sumcheck::sumcheck_register_data, module)?)?;
    module.add_function(wrap_pyfunction!(device::cuda_device, module)?)?;
    module.add_function(wrap_pyfunction!(sumcheck::sumcheck_prove_relation, module)?)?;
    module.add_function(wrap_pyfunction!(ceremony::ceremony_start, module)?)?;
    module.add_function(wrap_pyfunction!(ceremony::ceremony_degree, module)?)?;
    module.add_function(wrap_pyfunction!(ceremony::ceremony_contribute, module)?)?;
    module.add_function(wrap_pyfunction!(ceremony::ceremony_verify, module)?)?;
    Ok(())
}
