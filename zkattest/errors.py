"""Every error that leaves zkattest: typed, one class per cause, each saying what to do.

The three outcomes of a check are kept apart. A *false* statement is a verdict (``False``, exit code 1),
never an exception; *malformed* input raises :class:`InputError` (exit code 2); a failing surrounding
(disk, chain, missing tool) raises :class:`OperationalError` (exit code 2).
"""

from __future__ import annotations


class ZkattestError(Exception):
    """Base of all errors. ``str(error)`` is one paragraph: what was expected, what was found, what to do.

    Arguments:
        message: what is wrong, with indices, names, expected and found values; never a secret.
        remedy: what the user can do about it, as an imperative sentence.
    """

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class InputError(ZkattestError):
    """What the user handed in cannot be used: a file, a tensor, an option."""


class OperationalError(ZkattestError):
    """The surroundings failed: disk, memory, a missing tool, a remote node."""


# --- models -----------------------------------------------------------------------------------------


class ModelError(InputError):
    """The ONNX model cannot be imported. Names the node where there is one."""


class NotOnnxError(ModelError):
    """The bytes are no complete ONNX protobuf."""


class UnsupportedOperatorError(ModelError):
    """The graph uses an operator, attribute or form that has no integer semantics here."""


class DynamicShapeError(ModelError):
    """A tensor's shape is not fixed at compile time."""


class OpsetError(ModelError):
    """The model's opset is outside the supported span."""


class NonFiniteError(InputError):
    """A weight, an input or a calibration sample is NaN or infinite."""


class EmptyTensorError(ModelError):
    """A tensor has a zero-size axis."""


class ShapeError(InputError):
    """A tensor has another shape than the model declares."""


class CalibrationError(InputError):
    """The calibration data does not fit the model or gives no usable range."""


class OverflowRangeError(ModelError):
    """An accumulator could exceed what is proved to be safe."""


# --- formats ----------------------------------------------------------------------------------------


class FormatError(InputError):
    """Bytes do not decode: truncated, trailing, not canonical, or of another kind."""


class VersionError(FormatError):
    """A file of a format version that this build does not read."""


class SrsError(InputError):
    """A structured reference string is truncated, off-curve, inconsistent, or otherwise unusable."""


class SrsTooSmallError(SrsError):
    """The string holds fewer powers than the circuit or commitment needs."""


class CommitmentError(InputError):
    """A commitment or its secret does not decode or does not fit the tensors."""


# --- data sets --------------------------------------------------------------------------------------


class DataError(InputError):
    """Data cannot be committed to. Names row and column, never a value."""


class EmptyDataError(DataError):
    """There are no rows, no features, or no file to take them from."""


class MissingColumnError(DataError):
    """A column, label or group that was asked for is not in the source."""


class MissingLabelError(DataError):
    """A row has no label, and unlabelled rows were not allowed."""


class UnknownClassError(DataError):
    """A label is none of the schema's classes."""


class UnknownGroupError(DataError):
    """A labelled row has no group, or one that the schema does not name."""


class SaturatedError(DataError):
    """A value leaves the range of the declared bits, and clipping was not allowed."""


class DataSetMismatchError(DataError):
    """A well-formed data set of another schema, row size, string or content than expected."""


class FalseRelationError(DataError):
    """Two data sets are not related as claimed: there is no proof of it. Says how many rows, never which."""


class FingerprintError(DataError):
    """Two different rows have the same fingerprint; the next coefficients tell them apart."""


# --- proofs -----------------------------------------------------------------------------------------


class BackendError(ZkattestError):
    """A proof system refused or failed."""


class BackendUnavailableError(BackendError):
    """The backend's package is not installed."""


class UnsupportedByBackendError(BackendError):
    """The backend cannot prove this model (operator or size)."""


class MalformedProofError(FormatError):
    """Bytes that are no proof of the claimed system and circuit."""


class ProofMismatchError(InputError):
    """A well-formed artefact of another model, key, circuit, input commitment or chain."""


class ProvingError(BackendError):
    """The prover could not make a proof; no artefact was written."""


# --- metrics ----------------------------------------------------------------------------------------


class MetricError(InputError):
    """A metric that a model, a data set or a statement has not: an unknown name, class, group or bound."""


class NotProvedError(InputError):
    """A value was asked for that no proof shows: the verdict is no, or the proof shows bounds only."""


# --- attestations -----------------------------------------------------------------------------------


class AttestationError(InputError):
    """An attestation envelope or statement does not decode or contradicts itself."""


class SigningKeyError(InputError):
    """A signing or chain key is missing, unreadable, or of the wrong kind."""


# --- surroundings -----------------------------------------------------------------------------------


class StorageError(OperationalError):
    """A file could not be read or written; the destination is as it was before."""


class MemoryShortError(OperationalError):
    """The free memory does not suffice for a step; it was not started."""


class DeviceError(OperationalError):
    """There is no such device, it is too old or too small, or its driver failed."""


class DeviceMemoryError(DeviceError):
    """The device's memory does not suffice for a proof, before it or in the middle of it."""


class DeviceLostError(DeviceError):
    """The device's driver failed, and does nothing more for this process."""


class ToolMissingError(OperationalError):
    """An optional tool (npm's solc, anvil) is needed for this step and not found."""


class ChainError(OperationalError):
    """The chain refused or could not be reached."""


class ChainUnreachableError(ChainError):
    """No answer from the node: the request can be repeated without harm."""


class WrongChainError(ChainError):
    """The node is on another chain than the deployment or the proof."""


class RevertedError(ChainError):
    """A transaction reverts. ``name`` and ``arguments`` are the decoded custom error.

    Arguments:
        name: the custom error's name, ``Error`` or ``Panic``; empty when it carried no data.
        arguments: its decoded arguments by name.
    """

    exit_code = 1

    def __init__(
        self, message: str, *, name: str = "", arguments: dict[str, object] | None = None, remedy: str = ""
    ) -> None:
        self.name = name
        self.arguments = arguments or {}
        super().__init__(message, remedy=remedy)


class DeploymentError(ChainError):
    """No deployment, or one whose code on chain is not what was recorded."""


class PolicyError(InputError):
    """A gate's policy has an unknown word, or asks for what its metric key does not answer."""


class ConfigError(InputError):
    """``zkattest.toml`` or an option holds an unknown or ill-typed value."""
