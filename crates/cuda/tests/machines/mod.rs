//! What the tests run on.

use std::sync::Arc;
use zkattest_cuda::{Device, Machine};
use zkattest_cuda_twin::Twin;

/// The twin, and the first device; says visibly where there is none.
pub fn machines() -> Vec<Arc<dyn Machine>> {
    let mut found: Vec<Arc<dyn Machine>> = vec![Arc::new(Twin)];
    match Device::open(0) {
        Ok(device) => found.push(Arc::new(device)),
        Err(error) => eprintln!("SKIPPED on a device: {error}"),
    }
    found
}
