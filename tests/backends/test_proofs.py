"""Round trips, and every way to change a proof, its statement or its key."""

from __future__ import annotations

import dataclasses
import itertools
import warnings

import numpy as np
import pytest
from ezkl_models import CONTEXT, Builder, Case, committed, mlp, quantised

from zkattest.backends.base import InputSecret, Keys, Proof, ProvingKey, StatementShape, VerifyingKey
from zkattest.backends.ezkl import EzklBackend
from zkattest.backends.ezkl.backend import _instances
from zkattest.backends.ezkl.keys import FIELD, Payload, ProverData, VerifierData, felt_json
from zkattest.backends.ezkl.runtime import call
from zkattest.errors import (
    FormatError,
    MalformedProofError,
    ProofMismatchError,
    ProvingError,
    ShapeError,
    SrsTooSmallError,
    UnsupportedByBackendError,
)
from zkattest.srs import Srs
from zkattest.statements import NO_COMMITMENT, OFF_CHAIN, encode_output


def changed(case: Case, **fields: object) -> Proof:
    """The proof with other statement fields."""
    return dataclasses.replace(case.proof, statement=dataclasses.replace(case.proof.statement, **fields))


def flipped(data: bytes, position: int, bit: int = 1) -> bytes:
    return data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]


# --- round trip -------------------------------------------------------------------------------------


def test_round_trip_with_and_without_the_srs(case: Case, backend: EzklBackend, srs: Srs) -> None:
    assert backend.verify(case.keys.verifying, case.proof)
    assert backend.verify(case.keys.verifying, case.proof, srs=srs)


def test_the_statement_says_what_was_proved(case: Case) -> None:
    statement = case.proof.statement
    assert statement.model_hash == case.keys.verifying.model_hash
    assert statement.circuit_hash == case.keys.verifying.circuit_hash
    assert statement.vk_hash == case.keys.verifying.digest
    assert statement.output == encode_output(case.model.execute(case.x))
    assert statement.context == CONTEXT
    assert statement.input_commitment == case.secret.commitment


def test_artefacts_survive_their_encodings(case: Case, backend: EzklBackend, srs: Srs) -> None:
    verifying = VerifyingKey.from_bytes(case.keys.verifying.to_bytes())
    proving = ProvingKey.from_bytes(case.keys.proving.to_bytes())
    proof = Proof.from_bytes(case.proof.to_bytes())
    assert (verifying, proving, proof) == (case.keys.verifying, case.keys.proving, case.proof)
    again, _ = backend.prove(Keys(proving, verifying), case.model, case.x, srs=srs)
    assert backend.verify(verifying, proof)
    assert backend.verify(verifying, again)
    assert again.statement.context == OFF_CHAIN


def test_the_commitment_is_poseidon_of_input_and_salt(case: Case) -> None:
    salt = int.from_bytes(case.secret.salt, "big")
    elements = [felt_json(int(value)) for value in case.x.reshape(-1)] + [felt_json(salt)]
    (digest,) = call("poseidon_hash", elements)
    assert bytes.fromhex(digest)[::-1] == case.secret.commitment


def test_setup_differs_in_the_salt_of_the_weights_only(case: Case, backend: EzklBackend, srs: Srs) -> None:
    again = backend.setup(committed(case.model, srs), srs=srs)
    first, second = (VerifierData.from_bytes(keys.verifying.payload) for keys in (case.keys, again))
    assert first.weights != second.weights
    assert dataclasses.replace(first, weights=second.weights) == second


def test_the_key_pins_poseidon_of_weights_and_salt(case: Case) -> None:
    salt = int.from_bytes(ProverData.from_bytes(case.keys.proving.payload).salt, "big")
    weights = [int(value) for values in case.model.constants.values() for value in values.reshape(-1)]
    (digest,) = call("poseidon_hash", [felt_json(value) for value in (*weights, salt)])
    assert bytes.fromhex(digest)[::-1] == VerifierData.from_bytes(case.keys.verifying.payload).weights


# --- hiding -----------------------------------------------------------------------------------------


def words(proof: Proof) -> list[bytes]:
    return [proof.payload[i : i + 32] for i in range(0, len(proof.payload), 32)]


def test_proofs_share_nothing_that_depends_on_the_input(case: Case, backend: EzklBackend, srs: Srs) -> None:
    """ezkl does not blind how often table entries are used. Of two proofs, whether of one input or of two,
    the only common value is therefore one point: the commitment to the counts of the signs, a constant."""
    spec = case.model.inputs[0]
    inputs = [
        case.x,
        case.x,
        np.full(spec.shape, spec.low),
        np.full(spec.shape, spec.high),
        np.zeros_like(case.x),
    ]
    proofs = [backend.prove(case.keys, case.model, x, srs=srs)[0] for x in inputs]
    common = [i for i, values in enumerate(zip(*map(words, proofs), strict=True)) if len(set(values)) == 1]
    assert len(common) == 2
    assert common[1] == common[0] + 1  # the two coordinates
    for first, second in itertools.combinations(proofs, 2):
        shared = set(words(first)) & set(words(second))
        assert shared == {words(first)[i] for i in common}
    assert len({proof.statement.input_commitment for proof in proofs}) == len(proofs)
    assert proofs[0].statement.output == proofs[1].statement.output


def test_the_same_of_a_model_with_every_kind_of_comparison(backend: EzklBackend, srs: Srs) -> None:
    def build(b: Builder) -> str:
        pooled = b.op("MaxPool", b.op("LeakyRelu", "x", alpha=0.1), kernel_shape=[2])
        mean = b.op("AveragePool", b.op("Clip", pooled, b.constant(-0.5), b.constant(0.5)), kernel_shape=[2])
        return b.op("ArgMax", mean, axis=2, keepdims=0)

    model = quantised((1, 1, 4), build, bits=8)
    keys = backend.setup(committed(model, srs), srs=srs)
    rows = ([0, 0, 0, 0], [-128, -128, 127, 127], [1, 2, -3, 100], [127, -1, -1, -128])
    proofs = [backend.prove(keys, model, np.array([[row]]), srs=srs)[0] for row in rows]
    common = set.intersection(*(set(words(proof)) for proof in proofs))
    assert len(common) == 2
    for first, second in itertools.combinations(proofs, 2):
        assert set(words(first)) & set(words(second)) == common


def test_a_given_opening_shows_the_same_commitment(case: Case, backend: EzklBackend, srs: Srs) -> None:
    proof, secret = backend.prove(case.keys, case.model, case.x, srs=srs, secret=case.secret)
    assert secret == case.secret
    assert proof.statement.input_commitment == case.proof.statement.input_commitment
    assert proof.payload != case.proof.payload
    assert backend.verify(case.keys.verifying, proof)


def test_an_opening_of_another_input_is_refused(case: Case, backend: EzklBackend, srs: Srs) -> None:
    other = case.x.copy()
    other[0, 0] += 1
    with pytest.raises(ProofMismatchError, match="another input"):
        backend.prove(case.keys, case.model, other, srs=srs, secret=case.secret)


@pytest.mark.parametrize("salt", [b"", bytes(31), FIELD.to_bytes(32, "big")])
def test_an_opening_of_another_kind_is_refused(
    salt: bytes, case: Case, backend: EzklBackend, srs: Srs
) -> None:
    secret = InputSecret(case.secret.commitment, salt)
    with pytest.raises(FormatError, match="no field element"):
        backend.prove(case.keys, case.model, case.x, srs=srs, secret=secret)


# --- tampering with the proof -----------------------------------------------------------------------


@pytest.mark.parametrize("part", range(40))
def test_a_changed_byte_anywhere_is_rejected(part: int, case: Case, backend: EzklBackend) -> None:
    rng = np.random.default_rng(part)
    size = len(case.proof.payload)
    # one position per fortieth of the payload; never the bits that leave the context's hash canonical or not
    position = max(1, part * size // 40 + int(rng.integers(size // 40)))
    payload = flipped(case.proof.payload, position, 1 << int(rng.integers(8)))
    assert not backend.verify(case.keys.verifying, dataclasses.replace(case.proof, payload=payload))


@pytest.mark.parametrize("fill", [0, 255])
def test_words_of_the_halo2_part_may_hold_anything(fill: int, case: Case, backend: EzklBackend) -> None:
    """Points off the curve and scalars beyond the modulus are false, as in the contract; not malformed."""
    for position in (32, 32 + 64 * 10, len(case.proof.payload) - 32):
        payload = case.proof.payload[:position] + bytes([fill]) * 32 + case.proof.payload[position + 32 :]
        assert not backend.verify(case.keys.verifying, dataclasses.replace(case.proof, payload=payload))


@pytest.mark.parametrize("cut", [0, 31, 32, 64, -1])
def test_a_truncated_payload_is_malformed(cut: int, case: Case, backend: EzklBackend) -> None:
    proof = dataclasses.replace(case.proof, payload=case.proof.payload[:cut])
    with pytest.raises(MalformedProofError, match="bytes, expected"):
        backend.verify(case.keys.verifying, proof)


@pytest.mark.parametrize("tail", [b"\0", bytes(32)])
def test_an_extended_payload_is_malformed(tail: bytes, case: Case, backend: EzklBackend) -> None:
    proof = dataclasses.replace(case.proof, payload=case.proof.payload + tail)
    with pytest.raises(MalformedProofError, match="bytes, expected"):
        backend.verify(case.keys.verifying, proof)


def test_a_context_hash_beyond_the_field_is_malformed(case: Case, backend: EzklBackend) -> None:
    hash_ = int.from_bytes(case.proof.payload[:32], "big")
    for value in (FIELD, (1 << 256) - 1, hash_ + FIELD):
        payload = value.to_bytes(32, "big") + case.proof.payload[32:]
        with pytest.raises(MalformedProofError, match="context hash"):
            backend.verify(case.keys.verifying, dataclasses.replace(case.proof, payload=payload))


def test_a_proof_of_another_system_is_a_mismatch(case: Case, backend: EzklBackend) -> None:
    for field in ("backend", "proof_system"):
        with pytest.raises(ProofMismatchError, match="other"):
            backend.verify(case.keys.verifying, dataclasses.replace(case.proof, **{field: "other"}))


# --- tampering with the statement -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "what"), [("model_hash", "model"), ("circuit_hash", "circuit"), ("vk_hash", "verifying key")]
)
def test_a_statement_of_something_else_is_a_mismatch(
    field: str, what: str, case: Case, backend: EzklBackend
) -> None:
    value = flipped(getattr(case.proof.statement, field), 31)
    with pytest.raises(ProofMismatchError, match=f"another {what}"):
        backend.verify(case.keys.verifying, changed(case, **{field: value}))


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("delta", [-1, 1])
def test_another_output_is_false(index: int, delta: int, case: Case, backend: EzklBackend) -> None:
    output = case.model.execute(case.x).reshape(-1).copy()
    output[index] += delta
    assert not backend.verify(case.keys.verifying, changed(case, output=encode_output(output)))


def test_swapped_and_negated_outputs_are_false(case: Case, backend: EzklBackend) -> None:
    output = case.model.execute(case.x).reshape(-1)
    assert output[0] != output[1]
    for claim in (output[::-1], -output):
        assert not backend.verify(case.keys.verifying, changed(case, output=encode_output(claim)))


@pytest.mark.parametrize("values", [1, 3])
def test_an_output_of_another_size_is_malformed(values: int, case: Case, backend: EzklBackend) -> None:
    output = encode_output(np.zeros(values, dtype=np.int64))
    with pytest.raises(MalformedProofError, match="output"):
        backend.verify(case.keys.verifying, changed(case, output=output))


@pytest.mark.parametrize("position", [0, 15, 16, 31])
def test_the_context_is_bound_to_its_last_bit(position: int, case: Case, backend: EzklBackend) -> None:
    context = flipped(CONTEXT, position, 128 if position % 16 == 0 else 1)
    assert not backend.verify(case.keys.verifying, changed(case, context=context))


def test_another_input_commitment_is_false_or_malformed(case: Case, backend: EzklBackend) -> None:
    commitment = case.proof.statement.input_commitment
    assert not backend.verify(case.keys.verifying, changed(case, input_commitment=flipped(commitment, 31)))
    alias = int.from_bytes(commitment, "big") + FIELD
    with pytest.raises(MalformedProofError, match="input commitment"):
        backend.verify(case.keys.verifying, changed(case, input_commitment=alias.to_bytes(32, "big")))


def test_every_instance_is_constrained(case: Case, backend: EzklBackend) -> None:
    """Beyond what a statement can say: each public value of the circuit, the range defect included."""
    data = VerifierData.from_bytes(case.keys.verifying.payload)
    payload = Payload(case.proof.payload[:32], case.proof.payload[32:])
    instances = _instances(data, case.proof.statement, payload)
    assert len(instances) == data.instances == 3 + 2 + 2 + 1
    assert backend._halo2(data, instances, payload.halo2)
    for position in range(len(instances)):
        other = [*instances[:position], (instances[position] + 1) % FIELD, *instances[position + 1 :]]
        assert not backend._halo2(data, other, payload.halo2)
    assert not backend._halo2(data, [*instances, 0], payload.halo2)
    assert not backend._halo2(data, instances[:-1], payload.halo2)


def test_an_input_outside_of_its_range_proves_nothing(
    case: Case, backend: EzklBackend, srs: Srs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prover who skips all checks in Python gets a proof whose defect is not 0, so that it is false."""
    outside = np.full(case.x.shape, case.model.inputs[0].high + 1)
    with pytest.raises(ShapeError):
        backend.prove(case.keys, case.model, outside, srs=srs)
    monkeypatch.setattr(type(case.model), "check_input", lambda self, x: x)
    with pytest.raises(ProvingError, match="differs"):
        backend.prove(case.keys, case.model, outside, srs=srs)
    original = EzklBackend._claim

    def claim_anyway(self, keys, data, witness, expected, context):  # type: ignore[no-untyped-def]
        defect = witness["outputs"][-1]
        assert defect != [felt_json(0)]
        forged = {**witness, "outputs": [*witness["outputs"][:-1], [felt_json(0)]]}
        return original(self, keys, data, forged, expected, context)

    monkeypatch.setattr(EzklBackend, "_claim", claim_anyway)
    with pytest.raises(ProvingError, match="does not verify"):
        backend.prove(case.keys, case.model, outside, srs=srs)


# --- keys -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twin(backend: EzklBackend, srs: Srs) -> Case:
    """The same architecture with other weights."""
    original = mlp((3, 2, 2))
    weights = {name: values[..., ::-1] for name, values in original.constants.items()}
    model = dataclasses.replace(original, constants=weights)
    keys = backend.setup(committed(model, srs), srs=srs)
    x = model.quantise_input([0.5, -1.0, 0.25])
    proof, secret = backend.prove(keys, model, x, srs=srs, context=CONTEXT)
    return Case(model, keys, x, proof, secret)


def test_the_circuit_does_not_depend_on_the_weights(case: Case, twin: Case) -> None:
    """Halo2's key is that of the architecture: neither it nor its evaluations in proofs tell a weight."""
    assert twin.model.architecture_digest == case.model.architecture_digest
    assert twin.keys.verifying.circuit_hash == case.keys.verifying.circuit_hash
    mine, theirs = (VerifierData.from_bytes(keys.verifying.payload) for keys in (case.keys, twin.keys))
    assert mine.vk == theirs.vk
    assert mine.settings == theirs.settings
    assert mine.weights != theirs.weights
    assert twin.keys.verifying.digest != case.keys.verifying.digest


def test_a_proof_of_other_weights_is_false_under_this_key(
    case: Case, twin: Case, backend: EzklBackend
) -> None:
    with pytest.raises(ProofMismatchError, match="another model"):
        backend.verify(case.keys.verifying, twin.proof)
    named = {"model_hash": case.keys.verifying.model_hash, "vk_hash": case.keys.verifying.digest}
    renamed = dataclasses.replace(twin.proof.statement, **named)
    assert not backend.verify(case.keys.verifying, dataclasses.replace(twin.proof, statement=renamed))


def test_proving_with_keys_of_another_model_is_refused(
    case: Case, twin: Case, backend: EzklBackend, srs: Srs
) -> None:
    with pytest.raises(ProofMismatchError, match="another model"):
        backend.prove(twin.keys, case.model, case.x, srs=srs)
    mixed = Keys(twin.keys.proving, case.keys.verifying)
    with pytest.raises(ProofMismatchError, match="does not belong"):
        backend.prove(mixed, twin.model, case.x, srs=srs)
    digest = case.keys.verifying.digest
    forged = Keys(dataclasses.replace(twin.keys.proving, vk_digest=digest), case.keys.verifying)
    with pytest.raises(ProofMismatchError, match="do not give the verifying key's commitment"):
        backend.prove(forged, twin.model, case.x, srs=srs)


def test_another_ceremony_is_refused(case: Case, backend: EzklBackend) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = Srs.development(11)
    with pytest.raises(ProofMismatchError, match="reference string"):
        backend.prove(case.keys, case.model, case.x, srs=other)
    with pytest.raises(ProofMismatchError, match="reference string"):
        backend.verify(case.keys.verifying, case.proof, srs=other)


def test_a_short_reference_string_is_refused_with_numbers(case: Case, backend: EzklBackend, srs: Srs) -> None:
    with pytest.raises(SrsTooSmallError, match=r"2\*\*\d+ rows.*ends at 63"):
        backend.setup(committed(case.model, srs), srs=srs.prefix(63))


def test_wrong_shapes_and_contexts_are_refused(case: Case, backend: EzklBackend, srs: Srs) -> None:
    with pytest.raises(ShapeError):
        backend.prove(case.keys, case.model, np.zeros((1, 5), dtype=np.int64), srs=srs)
    with pytest.raises(FormatError, match="32 bytes"):
        backend.prove(case.keys, case.model, case.x, srs=srs, context=b"short")


def test_what_only_the_other_backend_proves_is_refused(case: Case, backend: EzklBackend, srs: Srs) -> None:
    model = committed(case.model, srs)
    for shape in (StatementShape(input="public"), StatementShape(output="private"), StatementShape(batch=2)):
        with pytest.raises(UnsupportedByBackendError, match=r"one inference at a time.*sumcheck"):
            backend.setup(model, srs=srs, shape=shape)
        with pytest.raises(UnsupportedByBackendError, match="one inference at a time"):
            backend.estimate(case.model, shape=shape)
    with pytest.raises(UnsupportedByBackendError, match="threads"):
        backend.prove(case.keys, case.model, case.x, srs=srs, threads=2)
    with pytest.raises(UnsupportedByBackendError, match="names the model's commitment"):
        backend.check_public_model(case.keys.verifying, case.model, srs=srs)
    with pytest.raises(UnsupportedByBackendError, match="making it again"):
        backend.check_circuit(case.keys.verifying, case.model)
    with pytest.raises(UnsupportedByBackendError, match="inside of its proofs"):
        backend.commit_input(case.keys.verifying, case.x, srs=srs)
    with pytest.raises(UnsupportedByBackendError, match="inside of its proofs"):
        backend.opens(case.keys.verifying, case.proof.statement, case.secret, srs=srs, input=case.x)
    with pytest.raises(UnsupportedByBackendError, match="no readable verifier"):
        backend.verify_by_reference(case.keys.verifying, case.proof)


def test_a_statement_of_another_kind_is_malformed(case: Case, backend: EzklBackend) -> None:
    shown = changed(case, input_commitment=NO_COMMITMENT, input=encode_output(case.x))
    with pytest.raises(MalformedProofError, match="kind 'inference, input public'"):
        backend.verify(case.keys.verifying, shown)
