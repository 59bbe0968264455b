"""What a deployer must know of a version before it goes into service, because no contract can.

A gate pins a metric's circuit and the model's commitment; that the committed weights are in their ranges is
said by the registration proof in the version's verifying key, which no contract verifies. Field elements out
of range fit a linear model to labels at will, and the proof of that metric would hold.

1. the key is under a string that is good for more than trials, or trials are allowed;
2. the key is the one that the version is registered with: model hash, and the digest of all of the key;
3. it is good: its circuit is compiled again, and its registration proof holds;
4. where the caller gave the set-up string: it is the key's.

All versions with this model hash have the same ranges: it binds the layout of the rows, which groups tensors
by their bits. So what is shown for the version's key holds in each metric key that the gate compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkattest.backends.base import VerifyingKey
from zkattest.backends.sumcheck.verification import check_srs, open_key
from zkattest.errors import PolicyError, ProofMismatchError

if TYPE_CHECKING:
    from zkattest.chain import ModelRecord
    from zkattest.srs import Srs


def check_version_key(
    key: VerifyingKey, record: ModelRecord, *, srs: Srs | None = None, allow_unsafe: bool = False
) -> None:
    """Steps 1 to 4.

    Arguments:
        record: of the version that goes into service.
        srs: the set-up string that you trust; None: as the key says itself.
        allow_unsafe: accept a key under a development string, for trials.

    Raises:
        PolicyError: the key is under a development string; ProofMismatchError: it is another than the
        version's, of another backend, its circuit is not its architecture's, its registration proof does
        not hold, or it is under another string; FormatError, VersionError: it cannot be judged.
    """
    if key.srs_unsafe and not allow_unsafe:  # 1
        raise PolicyError(
            "The version's key is under a development set-up string, where proofs can be forged.",
            remedy="Register a version under a ceremony's string, or allow unsafe strings for a trial.",
        )
    where = f"version {record.version} of model {record.model_id}"
    if key.model_hash != record.keys.model_hash:  # 2
        raise ProofMismatchError(
            f"The verifying key is of model 0x{key.model_hash.hex()}; {where} is registered as "
            f"0x{record.keys.model_hash.hex()}.",
            remedy="Give the verifying key that this version was registered with.",
        )
    if key.digest != record.keys.vk_hash:
        raise ProofMismatchError(
            f"The verifying key's digest is 0x{key.digest.hex()}; {where} is registered with "
            f"0x{record.keys.vk_hash.hex()}.",
            remedy="Give the verifying key that this version was registered with, unchanged.",
        )
    opened = open_key(key)  # 3
    if srs is not None:  # 4
        check_srs(key, opened, srs)
