"""ezkl's circuit settings: what zkattest fixes, what it chooses per model, and their canonical form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zkattest.backends.ezkl import runtime
from zkattest.backends.ezkl.lowering import HASHES
from zkattest.backends.ezkl.runtime import PINNED_VERSION, EzklError, Workspace
from zkattest.errors import FormatError, UnsupportedByBackendError, VersionError

#: Smallest circuit: below it the lookup table of a digit gets so small that the digits outweigh the rest.
MIN_LOGROWS: Final = 9

#: Largest circuit that this backend accepts. Memory grows by about 42 KiB a row (see ``costs``).
MAX_LOGROWS: Final = 20

#: Rows that ezkl and Halo2 keep for blinding, rounded up (5 + 3 in ezkl 23.0.5).
RESERVED_ROWS: Final = 16

#: Cells side by side in one row of ezkl's arithmetic columns. With one, all lookups into a table are in one
#: column and share their counts, as the hiding of these counts presumes (``graph``); and the on-chain
#: verifier is smallest.
INNER_COLUMNS: Final = 1


@dataclass(frozen=True)
class Layout:
    """The parameters of one circuit.

    Attributes:
        logrows: log2 of the number of rows.
        base: digits of a decomposition are in [0, base); a power of two that fits one lookup column.
        legs: number of digits; decompositions hold magnitudes below base**legs.
    """

    logrows: int
    base: int
    legs: int

    @classmethod
    def choose(cls, logrows: int, magnitude: int) -> Layout:
        """The layout with ``2**logrows`` rows whose decompositions hold ``magnitude``."""
        bits = logrows - 1
        return cls(logrows, 1 << bits, max(1, -(-magnitude.bit_length() // bits)))


def run_arguments(layout: Layout) -> dict[str, Any]:
    """ezkl's run arguments for ``layout``. Scale 0 everywhere: integers are what they are.

    * inputs hashed: the first instances are Poseidon hashes of the inputs, hence the hiding commitments;
    * parameters fixed: the constants of the gadgets. The weights are an input: a proof shows each column of
      constants at one point, so that a few proofs would determine them;
    * no range checks by ezkl on inputs and outputs: it would skip hashed inputs anyway; the graph has its
    own;
    * no Freivalds argument: products are constrained one by one, without challenges.
    """
    return {
        "input_scale": 0,
        "param_scale": 0,
        "scale_rebase_multiplier": 1,
        "lookup_range": (-1, 1),
        "logrows": layout.logrows,
        "num_inner_cols": INNER_COLUMNS,
        "variables": [("batch_size", 1)],
        "input_visibility": "hashed",
        "output_visibility": "public",
        "param_visibility": "fixed",
        "rebase_frac_zero_constants": False,
        "check_mode": "safe",
        "decomp_base": layout.base,
        "decomp_legs": layout.legs,
        "bounded_log_lookup": False,
        "ignore_range_check_inputs_outputs": True,
        "disable_freivalds": True,
    }


def python_arguments(layout: Layout) -> Any:
    """The same as ezkl's own object."""
    arguments = runtime.load().PyRunArgs()
    for name, value in run_arguments(layout).items():
        setattr(arguments, name, value)
    return arguments


def canonical(settings: Mapping[str, Any]) -> bytes:
    """One byte string per settings: sorted keys and range checks, no time stamp, and without the einsum list.

    ezkl lists both in random order. The order of the range checks is that of the circuit's columns; the
    einsums would be used by the Freivalds argument only, which is off.
    """
    plain = {
        **settings,
        "timestamp": 0,
        "einsum_params": {"equations": [], "total_einsum_col_size": 0},
        "required_range_checks": sorted(settings["required_range_checks"]),
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def generate(files: Workspace, layout: Layout) -> dict[str, Any]:
    """ezkl's settings for the graph in ``files`` (``model.onnx``), without any key material."""
    try:
        runtime.call(
            "gen_settings",
            files.path("model.onnx"),
            files.path("settings"),
            py_run_args=python_arguments(layout),
        )
    except EzklError:
        raise UnsupportedByBackendError(
            "ezkl could not lay out the integer graph of this model.",
            remedy="Use a model made of the operators that docs/backends.md lists.",
        ) from None
    settings: dict[str, Any] = json.loads(canonical(files.read_json("settings")))
    return settings


def rows(settings: Mapping[str, Any]) -> int:
    """Rows that the circuit needs: the larger of the arithmetic and of the Poseidon hash."""
    return max(int(settings["num_rows"]), int(settings["module_sizes"]["poseidon"][0]))


def fit(files: Workspace, magnitude: int, at_least: int) -> tuple[Layout, dict[str, Any]]:
    """The smallest layout that holds the graph in ``files`` in one block of columns.

    Arguments:
        magnitude: what decompositions must hold.
        at_least: rows that some column needs in any layout.

    Raises:
        UnsupportedByBackendError: more than ``2**MAX_LOGROWS`` rows.
    """
    logrows = max(MIN_LOGROWS, (at_least + RESERVED_ROWS - 1).bit_length())
    while logrows <= MAX_LOGROWS:
        layout = Layout.choose(logrows, magnitude)
        settings = generate(files, layout)
        needed = (rows(settings) + RESERVED_ROWS - 1).bit_length()
        if needed <= logrows:
            return layout, settings
        # A larger base never needs more legs, so that the next layout needs no more rows than this one.
        logrows = logrows + 1 if Layout.choose(logrows + 1, magnitude).legs < layout.legs else needed
    raise UnsupportedByBackendError(
        f"The circuit needs more than 2**{MAX_LOGROWS} rows.",
        remedy="Use a smaller model or input, or the backend 'sumcheck'.",
    )


#: What all circuits have in common: no scales, and no tables but those of the digits and the signs.
_FIXED: Final = {
    "check_mode": "SAFE",
    "required_lookups": [],
    "num_dynamic_lookups": 0,
    "total_dynamic_col_size": 0,
    "num_shuffles": 0,
    "total_shuffle_col_size": 0,
    "model_input_scales": [0, 0, 0],
    "model_output_scales": [0, 0, 0],
    "input_types": ["Int", "Int", "Int"],
    "output_types": ["Int", "Int", "Int"],
    "max_dynamic_input_len": 0,
    "num_blinding_factors": None,
    "timestamp": 0,
    "einsum_params": {"equations": [], "total_einsum_col_size": 0},
}

#: What differs from circuit to circuit, each checked below; with the above, every member there is.
_VARIABLE: Final = frozenset(
    {
        "version",
        "run_args",
        "required_range_checks",
        "module_sizes",
        "model_instance_shapes",
        "num_rows",
        "total_assignments",
        "total_const_size",
    }
)


def decode(data: bytes, *, what: str) -> dict[str, Any]:
    """Settings from their canonical form, with every argument that zkattest fixes checked.

    Raises:
        VersionError: made by another ezkl; FormatError: not canonical, or not what zkattest writes.
    """
    try:
        settings = json.loads(data)
        if settings["version"] != PINNED_VERSION:
            raise VersionError(
                f"The {what} was made by ezkl {str(settings['version'])[:20]!r}; "
                f"this build reads {PINNED_VERSION}.",
                remedy="Make the keys again with setup, or install the zkattest version that made them.",
            )
        if canonical(settings) != data:
            raise FormatError(f"The {what} holds circuit settings that are not canonical.")
        arguments = settings["run_args"]
        layout = Layout(arguments["logrows"], arguments["decomp_base"], arguments["decomp_legs"])
        if not (
            type(layout.logrows) is type(layout.base) is type(layout.legs) is int
            and MIN_LOGROWS <= layout.logrows <= MAX_LOGROWS
            and layout.base == 1 << (layout.logrows - 1)
            and 1 <= layout.legs <= 8
            and arguments == _recorded(layout)
            and {name: settings[name] for name in _FIXED} == _FIXED
            and settings["required_range_checks"] == [[-1, 1], [0, layout.base - 1]]
            and settings.keys() == _FIXED.keys() | _VARIABLE
            and _sizes_hold(settings, layout)
        ):
            raise FormatError(f"The {what} holds circuit arguments that zkattest does not use.")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(f"The {what} holds no circuit settings ({type(error).__name__}).") from None
    return dict(settings)


def _sizes_hold(settings: Mapping[str, Any], layout: Layout) -> bool:
    """Sizes are integers that fit the circuit, and the modules are the hashes alone.

    ezkl allocates by these numbers and indexes by these shapes before it looks at anything else, so that a
    hostile key must not choose them.
    """
    modules = settings["module_sizes"]
    hashing = modules["poseidon"][0]
    shapes = settings["model_instance_shapes"]
    counts = (hashing, *(settings[name] for name in ("num_rows", "total_assignments", "total_const_size")))
    return (
        modules == {"polycommit": [], "poseidon": [hashing, [HASHES]]}
        and all(type(count) is int and 0 <= count <= 1 << layout.logrows for count in counts)
        and isinstance(shapes, list)
        and all(isinstance(shape, list) and shape for shape in shapes)
        and all(type(size) is int and 1 <= size <= 1 << layout.logrows for shape in shapes for size in shape)
    )


def _recorded(layout: Layout) -> dict[str, Any]:
    """The run arguments as ezkl writes them into its settings."""
    return {
        **run_arguments(layout),
        "lookup_range": [-1, 1],
        "variables": [["batch_size", 1]],
        "input_visibility": {"Hashed": {"hash_is_public": True, "outlets": []}},
        "output_visibility": "Public",
        "param_visibility": "Fixed",
        "check_mode": "SAFE",
        "epsilon": 2.220446049250313e-16,
        "rebase_scale": None,
    }
