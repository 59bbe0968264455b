"""What statements show: public and private inputs, outputs and weights, batches."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from ezkl_models import Builder, mlp, quantised
from sumcheck_world import BACKEND, CONTEXT, Native, development, prove

import zkattest as zk
from zkattest.commitments import commit_data
from zkattest.errors import CommitmentError, InputError, MalformedProofError, ProofMismatchError, ShapeError
from zkattest.srs import Srs
from zkattest.statements import NO_COMMITMENT, encode_output

SHAPES = [
    {"input": input_, "output": output, "batch": batch}
    for input_ in ("private", "public")
    for output in ("public", "private")
    for batch in (1, 5)
]


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def shown(request: pytest.FixtureRequest, srs: Srs) -> tuple[dict[str, Any], Native]:
    return request.param, prove(mlp((3, 4, 2)), srs, **request.param)


def test_statements_show_what_the_keys_say(shown: tuple[dict[str, Any], Native]) -> None:
    shape, native = shown
    statement = native.proof.statement
    outputs = encode_output(np.stack([native.model.execute(x) for x in native.x]))
    public, private = shape["input"] == "public", shape["output"] == "private"
    assert statement.input == (encode_output(native.x) if public else b"")
    assert statement.output == (b"" if private else outputs)
    assert (statement.input_commitment == NO_COMMITMENT) == public
    assert (statement.output_commitment == NO_COMMITMENT) == (not private)
    assert statement.context == CONTEXT
    assert BACKEND.verify(native.keys.verifying, native.proof) is True


def test_a_change_of_anything_shown_is_false(shown: tuple[dict[str, Any], Native]) -> None:
    shape, native = shown
    statement, key = native.proof.statement, native.keys.verifying
    for field in ("input", "output", "input_commitment", "output_commitment"):
        value = getattr(statement, field)
        if value in (b"", NO_COMMITMENT):
            continue
        for position in (len(value) - 1, len(value) // 2):
            changed = value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]
            assert BACKEND.verify(key, native.stating(**{field: changed})) is False, (shape, field)
    if shape["batch"] > 1 and statement.output:
        swapped = np.roll(np.frombuffer(statement.output, dtype=">i8").reshape(shape["batch"], -1), 1, axis=0)
        if swapped.tobytes() != statement.output:
            assert BACKEND.verify(key, native.stating(output=swapped.tobytes())) is False


def test_a_statement_of_another_kind_is_malformed(shown: tuple[dict[str, Any], Native]) -> None:
    shape, native = shown
    if shape["input"] == "private":
        other = native.stating(input=encode_output(native.x), input_commitment=NO_COMMITMENT)
    else:
        other = native.stating(input=b"", input_commitment=bytes([7]) * 32)
    with pytest.raises(MalformedProofError, match="kind"):
        BACKEND.verify(native.keys.verifying, other)


@pytest.mark.parametrize("moved", [-1, 1])
def test_outputs_do_not_pass_for_inputs(moved: int, srs: Srs) -> None:
    """The circuit's public integers are one list, so a prover can bind a proof to a statement that splits it
    elsewhere: it must be refused before any proof is looked at."""
    native = prove(mlp((3, 4, 2)), srs, input="public", output="public")
    shown, cut = native.proof.statement.public_values, 2 + moved
    other = native.stating(output=encode_output(shown[:cut]), input=encode_output(shown[cut:]))
    assert np.array_equal(other.statement.public_values, shown)
    with pytest.raises(MalformedProofError, match="output shows"):
        BACKEND.verify(native.keys.verifying, other)


def test_private_values_are_in_no_public_artefact(shown: tuple[dict[str, Any], Native]) -> None:
    """The statement, the proof and the key hold none of the encoded values that stay private."""
    shape, native = shown
    public = native.proof.to_bytes() + native.keys.verifying.to_bytes()
    if shape["input"] == "private":
        assert encode_output(native.x) not in public
        assert native.secret.salt not in public
    if shape["output"] == "private":
        assert encode_output(np.stack([native.model.execute(x) for x in native.x])) not in public
        assert native.secret.output_salt not in public


def test_both_verifiers_agree_on_private_outputs_of_a_batch(srs: Srs) -> None:
    native = prove(mlp((3, 2, 2)), srs, output="private", batch=2)
    key = native.keys.verifying
    assert BACKEND.verify_by_reference(key, native.proof) is True
    forged = native.stating(output_commitment=bytes([9]) * 32)
    assert BACKEND.verify_by_reference(key, forged) is BACKEND.verify(key, forged) is False


def test_commitments_are_those_of_data(srs: Srs) -> None:
    """Whoever has the openings recomputes both commitments with the tools for data sets."""
    native = prove(mlp((3, 4, 2)), srs, output="private", batch=5)
    outputs = np.stack([native.model.execute(x).reshape(-1) for x in native.x])
    for values, salt, expected in (
        (native.x.reshape(5, 3), native.secret.salt, native.proof.statement.input_commitment),
        (outputs, native.secret.output_salt, native.proof.statement.output_commitment),
    ):
        blinders = [salt[at : at + 32] for at in range(0, len(salt), 32)]
        commitment, _ = commit_data(values, srs, native.header.row_size, blinders)
        assert commitment.identity == expected


def test_a_convolutions_private_input_and_output(srs: Srs) -> None:
    def build(b: Builder) -> str:
        rng = np.random.default_rng(3)
        return b.op("Conv", "x", b.constant(rng.normal(size=(2, 1, 2, 2))), b.constant(rng.normal(size=2)))

    native = prove(quantised((1, 1, 3, 4), build, bits=8), srs, output="private", batch=2)
    assert BACKEND.verify(native.keys.verifying, native.proof) is True


def test_openings_convince_whoever_is_shown_them(srs: Srs) -> None:
    native = prove(mlp((3, 4, 2)), srs, output="private", batch=3)
    key, proof = native.keys.verifying, native.proof
    outputs = np.stack([native.model.execute(x) for x in native.x])
    assert zk.opens(proof, key, native.secret, srs=srs, input=native.x, output=outputs) is True
    for name, values in (("input", native.x), ("output", outputs)):
        other = values.copy()
        other.reshape(-1)[1] += 1
        assert zk.opens(proof, key, native.secret, srs=srs, **{name: other}) is False
        with pytest.raises(ShapeError):
            zk.opens(proof, key, native.secret, srs=srs, **{name: values[:2]})
    foreign = prove(native.model, srs, output="private", batch=3).secret
    assert zk.opens(proof, key, foreign, srs=srs, output=outputs) is False
    empty = dataclasses.replace(native.secret, salt=b"", output_salt=b"")
    assert zk.opens(proof, key, empty, srs=srs, input=native.x) is False
    shown = prove(native.model, srs)
    with pytest.raises(InputError, match="shows this value"):
        zk.opens(shown.proof, shown.keys.verifying, shown.secret, srs=srs, output=outputs[0])


def test_an_input_can_be_committed_to_before_any_proof(srs: Srs) -> None:
    native = prove(mlp((3, 4, 2)), srs)
    x = np.array([0.5, -1.0, 0.25])
    secret = zk.commit_input(native.keys.verifying, native.model, x, srs=srs)
    proof, again = zk.prove(native.keys, native.model, x, srs=srs, secret=secret)
    assert proof.statement.input_commitment == secret.commitment
    assert again == secret
    public = prove(native.model, srs, input="public")
    with pytest.raises(InputError, match="show the input"):
        zk.commit_input(public.keys.verifying, native.model, x, srs=srs)
    with pytest.raises(ShapeError):
        zk.commit_input(native.keys.verifying, native.model, np.stack([x, x]), srs=srs)


# --- weights ----------------------------------------------------------------------------------------


def test_public_weights_are_recognised(srs: Srs) -> None:
    native = prove(mlp((3, 4, 2)), srs, weights="public")
    key, proof = native.keys.verifying, native.proof
    assert zk.verify(proof, key, srs=srs, model=native.model) is True
    other = dataclasses.replace(
        native.model, constants={name: values[..., ::-1] for name, values in native.model.constants.items()}
    )
    with pytest.raises(ProofMismatchError, match="another model"):
        zk.verify(proof, key, srs=srs, model=other)
    with pytest.raises(InputError, match="set-up string"):
        zk.verify(proof, key, model=native.model)


def test_a_key_with_a_circuit_of_another_architecture_is_told_apart(srs: Srs) -> None:
    """A weak circuit with the right commitment: everything verifies, so whoever knows the model compares."""
    honest = prove(mlp((3, 4, 2)), srs, weights="public")
    nodes = (dataclasses.replace(honest.model.nodes[0], low=-1), *honest.model.nodes[1:])
    weak = dataclasses.replace(honest.model, nodes=nodes)
    native = prove(weak, srs, weights="public")
    assert native.keys.verifying.model_hash == honest.keys.verifying.model_hash
    assert zk.verify(native.proof, native.keys.verifying) is True
    zk.check_circuit(native.keys.verifying, weak)
    zk.check_circuit(honest.keys.verifying, honest.model)
    with pytest.raises(ProofMismatchError, match="architecture"):
        zk.check_circuit(native.keys.verifying, honest.model)
    with pytest.raises(ProofMismatchError, match="architecture"):
        zk.verify(native.proof, native.keys.verifying, srs=srs, model=honest.model)


def test_private_weights_are_not_recognised_by_recomputing(srs: Srs) -> None:
    native = prove(mlp((3, 4, 2)), srs)
    with pytest.raises(ProofMismatchError, match="committed to as private"):
        zk.verify(native.proof, native.keys.verifying, srs=srs, model=native.model)


# --- the one-line path ------------------------------------------------------------------------------


@pytest.mark.parametrize("log2_size", [10, 12, 14])
def test_five_verbs_with_any_string_that_is_large_enough(log2_size: int) -> None:
    string = development(log2_size)
    model = mlp((3, 4, 2))
    committed = zk.commit(model, string, backend="sumcheck")
    keys = zk.setup(committed, string, backend="sumcheck")
    proof, opening = zk.prove(keys, model, np.array([0.5, -1.0, 0.25]), srs=string)
    assert zk.verify(proof, keys.verifying, srs=string) is True
    assert opening.commitment == proof.statement.input_commitment


def test_rows_suit_the_batch_that_a_commitment_is_for() -> None:
    string, model = development(14), mlp((8, 16, 4))
    one, many = (zk.commit(model, string, batch=batch) for batch in (1, 4096))
    assert one.commitment.row_size < many.commitment.row_size <= 1 << 14
    for committed in (one, many):
        size = committed.commitment.row_size
        cost = zk.estimate(model, batch=2, row_size=size)
        keys = zk.setup(committed, string, batch=2)
        assert cost.srs_degree == size
        assert cost.vk_bytes == len(keys.verifying.to_bytes())
    with pytest.raises(InputError, match="power of two"):
        zk.estimate(model, row_size=1000)


def test_a_model_without_weights_has_no_commitment(srs: Srs) -> None:
    with pytest.raises(CommitmentError, match="no weights"):
        zk.commit(quantised((1, 6), lambda b: b.op("Relu", "x")), srs)


def test_a_batch_in_real_units(srs: Srs) -> None:
    model = mlp((3, 4, 2))
    committed = zk.commit(model, srs, backend="sumcheck")
    keys = zk.setup(committed, srs, backend="sumcheck", batch=4)
    x = np.random.default_rng(0).normal(size=(4, 3))
    proof, _ = zk.prove(keys, model, x, srs=srs)
    expected = np.stack([model.execute(model.quantise_input(one)) for one in x])
    assert proof.statement.output == encode_output(expected)
    real = np.stack([model.dequantise_output(one) for one in expected])
    assert np.array_equal(zk.outputs(proof, model), real)
    with pytest.raises(ShapeError, match="8 values; the model's output has 3"):
        zk.outputs(proof, mlp((3, 3)))
    hidden = dataclasses.replace(proof.statement, output=b"", output_commitment=bytes([1]) * 32)
    with pytest.raises(InputError, match="Ask their owner"):
        zk.outputs(dataclasses.replace(proof, statement=hidden), model)
