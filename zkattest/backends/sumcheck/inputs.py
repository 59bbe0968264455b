"""Commitments to the inputs and the private outputs of inferences: made before a proof or with it, opened."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from zkattest.backends.base import InputSecret, IntTensor, VerifyingKey
from zkattest.backends.sumcheck.proving import check_own_string, refuse_metric
from zkattest.backends.sumcheck.verification import OpenKey
from zkattest.commitments import Commitment, CommitmentSecret, commit_data
from zkattest.errors import CommitmentError, FormatError, InputError, ProofMismatchError, ShapeError
from zkattest.statements import NO_COMMITMENT, Inference

if TYPE_CHECKING:
    from zkattest.srs import Srs

_SCALAR: Final = 32


def commit_input(verifying_key: VerifyingKey, x: IntTensor, *, srs: Srs) -> InputSecret:
    """See :meth:`zkattest.backends.base.Backend.commit_input`."""
    opened = _open(verifying_key, srs)
    if opened.data.shape.input == "public":
        raise InputError(
            "Statements under this key show the input; there is no commitment to it.",
            remedy="Make keys with input='private'.",
        )
    _, shape, box = opened.data.data[0]
    try:
        stored = x.reshape(shape)
    except ValueError:
        raise _wrong_shape(x, shape) from None
    data, opening = commit_data(stored, srs, opened.header.row_size, box=box)
    return InputSecret(data.identity, b"".join(opening.blinders))


def opens(
    verifying_key: VerifyingKey,
    statement: Inference,
    secret: InputSecret,
    *,
    srs: Srs,
    input: IntTensor | None = None,
    output: IntTensor | None = None,
) -> bool:
    """See :meth:`zkattest.backends.base.Backend.opens`."""
    opened = _open(verifying_key, srs)
    data = opened.data
    _, data_shape, data_box = data.data[0]
    for values, shape, box, salt, commitment in (
        (input, data_shape, data_box, secret.salt, statement.input_commitment),
        (output, data.output_shape, data.output_box, secret.output_salt, statement.output_commitment),
    ):
        if values is None:
            continue
        if commitment == NO_COMMITMENT:
            raise InputError("The statement shows this value; there is no commitment to open.")
        try:
            stored = np.asarray(values).reshape(shape)
        except ValueError:
            raise _wrong_shape(values, shape) from None
        try:
            found, _ = commit_data(stored, srs, opened.header.row_size, _blinders(salt), box=box)
        except CommitmentError:
            return False
        if found.identity != commitment:
            return False
    return True


def commit_inputs(
    opened: OpenKey, x: IntTensor, srs: Srs, secret: InputSecret | None
) -> tuple[Commitment, CommitmentSecret]:
    """Commit to the inputs, or again as ``secret`` says.

    Raises:
        ProofMismatchError: the secret is of another input.
    """
    _, shape, box = opened.data.data[0]
    stored = x.reshape(shape)
    if secret is None or opened.data.shape.input == "public":
        return commit_data(stored, srs, opened.header.row_size, box=box)
    try:
        data, opening = commit_data(stored, srs, opened.header.row_size, _blinders(secret.salt), box=box)
    except CommitmentError:
        raise FormatError(
            f"The given opening has {len(secret.salt)} bytes of blinders, expected "
            f"{_SCALAR * opened.header.data_rows}, each smaller than the group's order.",
            remedy="Pass the InputSecret that was returned for this input, or none.",
        ) from None
    if data.identity != secret.commitment:
        raise ProofMismatchError(
            "The given opening belongs to another input: its blinders give another commitment.",
            remedy="Pass the InputSecret that was returned for this input, or none.",
        )
    return data, opening


def commit_outputs(
    opened: OpenKey, outputs: IntTensor, srs: Srs
) -> tuple[Commitment, CommitmentSecret] | tuple[None, None]:
    """Commit to outputs that stay private."""
    if opened.data.shape.output == "public":
        return None, None
    stored = outputs.reshape(opened.data.output_shape)
    return commit_data(stored, srs, opened.header.row_size, box=opened.data.output_box)


def _open(verifying_key: VerifyingKey, srs: Srs) -> OpenKey:
    """The key of inferences, found good, under ``srs``."""
    opened = check_own_string(verifying_key, srs)
    refuse_metric(opened)
    return opened


def _wrong_shape(values: IntTensor, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"The key's commitment is to {math.prod(shape)} values; got an array of shape {np.shape(values)}."
    )


def _blinders(salt: bytes) -> list[bytes]:
    return [salt[at : at + _SCALAR] for at in range(0, len(salt), _SCALAR)]
