"""What a circuit will cost, from its settings alone.

All circuits of this backend have the same columns (one inner column, two lookup tables, one hash), so that
everything is a linear function of the number of rows R = 2**logrows, and the proof has one length. Constants
were measured with ezkl 23.0.5 at R = 2**11 to 2**16 (perceptrons of 3-2-2 to 200-96-32-10, a small
convolution):

* proving key 8,130 to 8,136 bytes a row; verifying key 3,215 + 1.75 R bytes, to a few;
* peak resident memory of a process that sets up and proves: 125 MiB + 31.5 to 34.7 KiB a row;
* processor time of set-up 0.30 to 0.48 ms and of proving 0.32 to 0.57 ms a row, user and system, all threads;
* verification 7 to 20 ms, 0.1 s at 2**16 (ezkl reads the whole key);
* gas with 8 public values: 554,053 of a transaction that verifies through EzklVerifier, 1,810 more for each
  further value; 633,693 of one that also records the attestation; 4,674,292 of registering a model: three
  contracts of its own, their approval, and the version.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from zkattest.backends.base import Estimate
from zkattest.backends.ezkl import settings as circuit_settings

_BASE_MB: Final = 125.0
_KIB_PER_ROW: Final = 34.0
_SETUP_CPU_S_PER_ROW: Final = 0.34e-3
_PROVE_CPU_S_PER_ROW: Final = 0.40e-3
_FIXED_S: Final = 0.4  # lay-out, self-test, the child process that writes the contract
_VERIFY_S: Final = 0.01
_VERIFY_S_PER_ROW: Final = 1.4e-6
_KEY_BYTES_PER_ROW: Final = 8_136
_VK_BYTES: Final = 3_215
_PROOF_BYTES: Final = 2_944
_GAS: Final = 539_600
_GAS_PER_INSTANCE: Final = 1_810
_ATTEST_GAS: Final = 79_640
_REGISTER_GAS: Final = 4_674_292
#: Of ``submit`` besides proof and output.
_CALLDATA_BYTES: Final = 292

#: Halo2 keeps about this share of the processors busy, up to the number of columns that it works on at once.
_PARALLEL: Final = 0.85
_MAX_PROCESSORS: Final = 16


def estimate(settings: Mapping[str, Any], instances: int) -> Estimate:
    """Cost of set-up, one proof and one verification.

    Arguments:
        settings: ezkl's circuit settings.
        instances: number of public values.
    """
    rows = 1 << int(settings["run_args"]["logrows"])
    used = circuit_settings.rows(settings)
    processors = min(os.cpu_count() or 1, _MAX_PROCESSORS)
    verify_gas = _GAS + _GAS_PER_INSTANCE * instances
    speed = 1.0 if processors == 1 else processors * _PARALLEL
    return Estimate(
        rows=used,
        memory_mb=_BASE_MB + rows * _KIB_PER_ROW / 1024,
        setup_s=_FIXED_S + rows * _SETUP_CPU_S_PER_ROW / speed,
        prove_s=_FIXED_S / 4 + rows * _PROVE_CPU_S_PER_ROW / speed,
        verify_s=_VERIFY_S + rows * _VERIFY_S_PER_ROW,
        key_bytes=rows * _KEY_BYTES_PER_ROW,
        vk_bytes=_VK_BYTES + rows * 7 // 4,
        proof_bytes=_PROOF_BYTES,
        verify_gas=verify_gas,
        attest_gas=verify_gas + _ATTEST_GAS,
        register_gas=_REGISTER_GAS,
        calldata_bytes=_CALLDATA_BYTES + _PROOF_BYTES + 8 * instances,
        srs_degree=rows - 1,
        notes=(
            f"{used} of {rows} rows are used; ezkl lays out powers of two.",
            f"Seconds are scaled from processor time of one machine to {processors} idle processors: "
            "expect a factor of two either way.",
            "Memory and keys were measured up to 2**16 rows and grow in proportion to the rows.",
            "Gas is of whole transactions; registering deploys a verifier of the model's own.",
        ),
    )
