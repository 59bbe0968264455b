"""Native proofs: round trips, and every way to change a proof, its statement or its key."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from eth_utils.crypto import keccak
from ezkl_models import mlp
from sumcheck_world import BACKEND, CONTEXT, Native, P, R, committed, development, prove

from zkattest import _native
from zkattest.backends.base import Keys, Proof, ProvingKey, StatementShape, VerifyingKey
from zkattest.backends.sumcheck import evm
from zkattest.backends.sumcheck.circuit import compile_circuit, named_nodes
from zkattest.backends.sumcheck.keys import RECORD_HEAD, ProverData, VerifierData
from zkattest.backends.sumcheck.verification import open_key
from zkattest.errors import (
    FormatError,
    MalformedProofError,
    ProofMismatchError,
    ProvingError,
    ShapeError,
    SrsTooSmallError,
    UnsupportedByBackendError,
    VersionError,
)
from zkattest.frontend.codec import encode_architecture
from zkattest.srs import Srs
from zkattest.statements import NO_COMMITMENT, OFF_CHAIN, encode_output


@pytest.fixture(scope="module")
def srs() -> Srs:
    return development(11)


@pytest.fixture(scope="module")
def native(srs: Srs) -> Native:
    return prove(mlp((3, 4, 2)), srs)


@pytest.fixture(scope="module")
def long_srs() -> Srs:
    """Long enough for evaluation arguments."""
    return development(14)


@pytest.fixture(scope="module")
def chained(long_srs: Srs) -> Native:
    """Of the profile gas: for contracts."""
    return prove(mlp((3, 4, 2)), long_srs, profile="gas")


@pytest.fixture(scope="module")
def twin(native: Native, srs: Srs) -> Native:
    """The same architecture with other weights."""
    weights = {name: values[..., ::-1] for name, values in native.model.constants.items()}
    return prove(dataclasses.replace(native.model, constants=weights), srs)


def flipped(data: bytes, position: int, bit: int = 1) -> bytes:
    return data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]


def word(data: bytes, position: int, value: int) -> bytes:
    return data[:position] + value.to_bytes(32, "big") + data[position + 32 :]


# --- round trip -------------------------------------------------------------------------------------


def test_both_verifiers_accept(native: Native, chained: Native, srs: Srs, long_srs: Srs) -> None:
    for made, string in ((native, srs), (chained, long_srs)):
        key, proof = made.keys.verifying, made.proof
        assert BACKEND.verify(key, proof) is True
        assert BACKEND.verify(key, proof, srs=string) is True
        assert BACKEND.verify_by_reference(key, proof, srs=string) is True


def test_the_statement_says_what_was_proved(native: Native) -> None:
    statement = native.proof.statement
    assert statement.kind == "inference"
    assert statement.model_hash == native.committed.commitment.identity
    assert statement.circuit_hash == native.keys.verifying.circuit_hash
    assert statement.vk_hash == native.keys.verifying.digest
    assert statement.output == encode_output(native.model.execute(native.x[0]))
    assert statement.context == CONTEXT
    assert statement.input_commitment == native.secret.commitment


def test_artefacts_survive_their_encodings(native: Native, srs: Srs) -> None:
    verifying = VerifyingKey.from_bytes(native.keys.verifying.to_bytes())
    proving = ProvingKey.from_bytes(native.keys.proving.to_bytes())
    proof = Proof.from_bytes(native.proof.to_bytes())
    assert (verifying, proving, proof) == (native.keys.verifying, native.keys.proving, native.proof)
    again, _ = BACKEND.prove(Keys(proving, verifying), native.model, native.x[0], srs=srs)
    assert BACKEND.verify(verifying, again)
    assert again.statement.context == OFF_CHAIN


def test_sizes_are_as_estimated(native: Native, chained: Native) -> None:
    for made, profile in ((native, "speed"), (chained, "gas")):
        cost = BACKEND.estimate(made.model, profile=profile)
        assert cost.rows == sum(made.header.rows)
        assert cost.proof_bytes == len(made.proof.payload)
        assert cost.vk_bytes == len(made.keys.verifying.to_bytes())
        assert cost.key_bytes == len(made.keys.proving.to_bytes()) < 4096
    assert BACKEND.estimate(native.model).srs_degree == native.header.row_size
    assert cost.srs_degree == (9 << chained.key.evaluation[0]) - 1
    assert BACKEND.estimate(native.model).verify_gas == 0 < cost.verify_gas


def test_the_circuit_does_not_depend_on_the_weights(native: Native, twin: Native) -> None:
    assert twin.keys.verifying.circuit_hash == native.keys.verifying.circuit_hash
    assert (twin.key.circuit, twin.key.registration) == (native.key.circuit, native.key.registration)
    assert twin.keys.verifying.digest != native.keys.verifying.digest


# --- hiding -----------------------------------------------------------------------------------------


def test_two_proofs_of_one_input_share_no_word(native: Native, srs: Srs) -> None:
    again, secret = BACKEND.prove(native.keys, native.model, native.x, srs=srs, context=CONTEXT)
    first, second = (
        {proof.payload[i : i + 32] for i in range(0, len(proof.payload), 32)}
        for proof in (native.proof, again)
    )
    assert not first & second
    assert again.statement.input_commitment != native.proof.statement.input_commitment
    assert again.statement.output == native.proof.statement.output
    assert secret.salt != native.secret.salt


def test_a_given_opening_shows_the_same_commitment(native: Native, srs: Srs) -> None:
    again, secret = BACKEND.prove(native.keys, native.model, native.x, srs=srs, secret=native.secret)
    assert secret == native.secret
    assert again.statement.input_commitment == native.proof.statement.input_commitment
    data = 64 * native.header.data_rows
    assert again.payload[:data] == native.proof.payload[:data]
    assert again.payload[data:] != native.proof.payload[data:]
    assert BACKEND.verify(native.keys.verifying, again)


def test_an_opening_of_another_input_is_refused(native: Native, srs: Srs) -> None:
    other = native.x.copy()
    other.reshape(-1)[1] ^= 1
    with pytest.raises(ProofMismatchError, match="another input"):
        BACKEND.prove(native.keys, native.model, other, srs=srs, secret=native.secret)


@pytest.mark.parametrize("change", [lambda s: b"", lambda s: s[:-1], lambda s: s + bytes(32)])
def test_an_opening_of_another_length_is_refused(change, native: Native, srs: Srs) -> None:  # type: ignore[no-untyped-def]
    secret = dataclasses.replace(native.secret, salt=change(native.secret.salt))
    with pytest.raises((FormatError, ProofMismatchError)):
        BACKEND.prove(native.keys, native.model, native.x, srs=srs, secret=secret)


def test_blinders_beyond_the_field_are_refused(native: Native, srs: Srs) -> None:
    secret = dataclasses.replace(native.secret, salt=word(native.secret.salt, 0, R))
    with pytest.raises(FormatError, match="smaller than the group's order"):
        BACKEND.prove(native.keys, native.model, native.x, srs=srs, secret=secret)


# --- tampering with the proof -----------------------------------------------------------------------


def test_a_changed_word_anywhere_is_rejected(native: Native) -> None:
    """Scalars: one more, modulo r: false. Points: the other root of the curve's equation: false."""
    payload, header = native.proof.payload, native.header
    points = header.data_rows + header.output_rows + sum(header.rows[3:])
    for position in range(0, len(payload), 32):
        value = int.from_bytes(payload[position : position + 32], "big")
        in_rows, in_opening = position < 64 * points, _in_opening_points(position, len(payload))
        if in_rows or in_opening:
            if (position % 64 == 0) == _aligned(position, len(payload), in_rows):
                continue  # x: tested with its y
            changed = word(payload, position, P - value)
        else:
            changed = word(payload, position, (value + 1) % R)
        assert BACKEND.verify(native.keys.verifying, native.carrying(changed)) is False, position


def _in_opening_points(position: int, size: int) -> bool:
    """[h], [q], [g], [s], [d] lie before seven scalars, [W], [W'] after them."""
    end = size - 2 * 64
    return position >= end or end - 7 * 32 - 5 * 64 <= position < end - 7 * 32


def _aligned(position: int, size: int, in_rows: bool) -> bool:
    """Whether points at this place begin at a multiple of 64."""
    if in_rows:
        return True
    end = size - 2 * 64
    start = end if position >= end else end - 7 * 32 - 5 * 64
    return start % 64 == 0


@pytest.mark.parametrize("cut", [0, 31, 32, 64, -1])
def test_a_truncated_payload_is_malformed(cut: int, native: Native) -> None:
    with pytest.raises(MalformedProofError, match="bytes, expected"):
        BACKEND.verify(native.keys.verifying, native.carrying(native.proof.payload[:cut]))


def test_an_extended_payload_is_malformed(native: Native) -> None:
    with pytest.raises(MalformedProofError, match="bytes, expected"):
        BACKEND.verify(native.keys.verifying, native.carrying(native.proof.payload + bytes(32)))


def test_what_is_not_canonical_is_malformed(native: Native) -> None:
    payload, key = native.proof.payload, native.keys.verifying
    last_scalar = len(payload) - 2 * 64 - 32
    scalar = int.from_bytes(payload[last_scalar : last_scalar + 32], "big")
    x = int.from_bytes(payload[:32], "big")
    for changed, reason in (
        (word(payload, last_scalar, scalar + R), "not smaller than the group's order"),
        (word(payload, 0, x + P), "not smaller than the field's order"),
        (word(payload, 0, (x + 1) % P), "not on the curve"),
        (bytes(64) + payload[64:], "infinity"),
    ):
        with pytest.raises(MalformedProofError, match=reason):
            BACKEND.verify(key, native.carrying(changed))


def test_rows_of_another_input_are_not_those_of_the_commitment(native: Native, srs: Srs) -> None:
    again, _ = BACKEND.prove(native.keys, native.model, native.x, srs=srs, context=CONTEXT)
    data = 64 * native.header.data_rows
    for payload in (
        again.payload,  # valid for its own commitment
        again.payload[:data] + native.proof.payload[data:],
    ):
        assert BACKEND.verify(native.keys.verifying, native.carrying(payload)) is False


def test_a_proof_of_another_system_is_a_mismatch(native: Native) -> None:
    for field in ("backend", "proof_system"):
        with pytest.raises(ProofMismatchError, match="other"):
            BACKEND.verify(native.keys.verifying, dataclasses.replace(native.proof, **{field: "other"}))


# --- tampering with the statement -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "what"), [("model_hash", "model"), ("circuit_hash", "circuit"), ("vk_hash", "verifying key")]
)
def test_a_statement_of_something_else_is_a_mismatch(field: str, what: str, native: Native) -> None:
    value = flipped(getattr(native.proof.statement, field), 31)
    with pytest.raises(ProofMismatchError, match=f"another {what}"):
        BACKEND.verify(native.keys.verifying, native.stating(**{field: value}))


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("delta", [-1, 1, 2**40])
def test_another_output_is_false(index: int, delta: int, native: Native) -> None:
    output = native.model.execute(native.x[0]).reshape(-1).copy()
    output[index] += delta
    assert BACKEND.verify(native.keys.verifying, native.stating(output=encode_output(output))) is False


@pytest.mark.parametrize("values", [1, 3])
def test_an_output_of_another_size_is_malformed(values: int, native: Native) -> None:
    output = encode_output(np.zeros(values, dtype=np.int64))
    with pytest.raises(MalformedProofError, match="shows"):
        BACKEND.verify(native.keys.verifying, native.stating(output=output))


@pytest.mark.parametrize("field", ["context", "input_commitment"])
@pytest.mark.parametrize("position", [0, 31])
def test_context_and_commitment_are_bound(field: str, position: int, native: Native) -> None:
    value = flipped(getattr(native.proof.statement, field), position)
    assert BACKEND.verify(native.keys.verifying, native.stating(**{field: value})) is False


def test_statements_of_another_kind_are_malformed(native: Native) -> None:
    shown = native.stating(input_commitment=NO_COMMITMENT, input=encode_output(native.x))
    hidden = native.stating(output=b"", output_commitment=bytes([1]) * 32)
    for proof in (shown, hidden):
        with pytest.raises(MalformedProofError, match="kind"):
            BACKEND.verify(native.keys.verifying, proof)


# --- keys -------------------------------------------------------------------------------------------


def rekeyed(native: Native, **fields: object) -> VerifyingKey:
    """The verifying key with another payload, and the circuit digest and the record that fit it."""
    key, data = native.keys.verifying, dataclasses.replace(native.key, **fields)
    record = data.record(key.srs_digest, native.data_layout)
    return dataclasses.replace(key, payload=data.to_bytes(), circuit_hash=data.circuit_hash, record=record)


def test_a_proof_of_other_weights_is_refused(native: Native, twin: Native) -> None:
    key = native.keys.verifying
    with pytest.raises(ProofMismatchError, match="another model"):
        BACKEND.verify(key, twin.proof)
    renamed = dataclasses.replace(twin.proof.statement, model_hash=key.model_hash, vk_hash=key.digest)
    assert BACKEND.verify(key, dataclasses.replace(twin.proof, statement=renamed)) is False


def test_a_proof_for_another_circuit_is_refused(native: Native, srs: Srs) -> None:
    """Of the same model with another statement, and of another architecture: renamed to fit, as it is."""
    key = native.keys.verifying
    names = {
        "model_hash": key.model_hash,
        "circuit_hash": key.circuit_hash,
        "vk_hash": key.digest,
    }
    for other in (prove(native.model, srs, batch=2), prove(mlp((3, 7, 2)), srs), prove(mlp((3, 2)), srs)):
        with pytest.raises(ProofMismatchError):
            BACKEND.verify(key, other.proof)
        statement = dataclasses.replace(other.proof.statement, output=native.proof.statement.output, **names)
        try:
            verdict = BACKEND.verify(key, dataclasses.replace(other.proof, statement=statement))
        except MalformedProofError:
            continue
        assert verdict is False


def test_errors_about_a_node_name_it(native: Native) -> None:
    architecture = encode_architecture(native.model).replace(b"gemm", b"gemn")
    options = {"batch": 1, "input_public": False, "output_public": True, "padded": False}
    node = native.model.nodes[0]
    message = rf"^'{node.name}' \(gemm\): .*gemn.*operators"
    with pytest.raises(UnsupportedByBackendError, match=message), named_nodes(native.model):
        _native.sumcheck_choose(architecture, **options)
    with pytest.raises(UnsupportedByBackendError, match="encoding"):
        _native.sumcheck_choose(architecture[:-1], **options)


def test_keys_of_another_model_prove_nothing(native: Native, twin: Native, srs: Srs) -> None:
    with pytest.raises(ProofMismatchError, match="another model"):
        BACKEND.prove(twin.keys, native.model, native.x, srs=srs)
    mixed = Keys(twin.keys.proving, native.keys.verifying)
    with pytest.raises(ProofMismatchError, match="does not belong"):
        BACKEND.prove(mixed, twin.model, native.x, srs=srs)


def test_a_forged_proving_key_makes_no_proof(native: Native, twin: Native, srs: Srs) -> None:
    """Other blinders, or other weights, than the committed ones: the prover sees that the proof is false."""
    prover = ProverData.from_bytes(native.keys.proving.payload)
    payload = dataclasses.replace(prover, blinders=flipped(prover.blinders, 31)).to_bytes()
    forged = Keys(dataclasses.replace(native.keys.proving, payload=payload), native.keys.verifying)
    with pytest.raises(ProvingError, match="does not verify"):
        BACKEND.prove(forged, native.model, native.x, srs=srs)
    payload = dataclasses.replace(prover, model_digest=twin.model.digest).to_bytes()
    forged = Keys(dataclasses.replace(native.keys.proving, payload=payload), native.keys.verifying)
    with pytest.raises(ProvingError, match="does not verify"):
        BACKEND.prove(forged, twin.model, native.x, srs=srs)


def test_a_key_with_rows_of_another_model_is_refused(native: Native, twin: Native) -> None:
    with pytest.raises(FormatError, match="model rows"):
        BACKEND.verify(rekeyed(native, model_rows=twin.key.model_rows), native.proof)


def test_a_key_without_a_valid_registration_is_refused(native: Native, twin: Native) -> None:
    foreign = rekeyed(native, registration_proof=twin.key.registration_proof)
    with pytest.raises(ProofMismatchError, match="registration proof does not hold"):
        BACKEND.verify(foreign, native.proof)
    short = rekeyed(native, registration_proof=native.key.registration_proof[:-1])
    with pytest.raises(FormatError, match="registration proof is malformed"):
        BACKEND.verify(short, native.proof)
    with pytest.raises(ProofMismatchError, match="registration proof does not hold"):
        open_key(foreign, readable=True)


def test_a_key_whose_registration_proves_something_else_is_refused(native: Native) -> None:
    for fields in ({"registration": native.key.circuit}, {"circuit": native.key.registration}):
        with pytest.raises(FormatError, match="do not fit each other"):
            BACKEND.verify(rekeyed(native, **fields), native.proof)


def test_a_key_with_other_shapes_of_data_is_refused(native: Native) -> None:
    rows = native.header.row_size + 1
    (x,) = native.key.data
    boxes = [{"data": (x._replace(box=box),)} for box in ((2, rows), (0,))]
    for fields in (*boxes, {"output_shape": (2,)}, {"output_box": (2,)}):
        with pytest.raises(FormatError, match=r"shapes of data|its outputs are public"):
            BACKEND.verify(rekeyed(native, **fields), native.proof)
    for name in ("shape", "box"):
        moved = x._replace(**{name: (1, *getattr(x, name))})
        with pytest.raises(ProofMismatchError, match="not those of the architecture"):
            BACKEND.verify(rekeyed(native, data=(moved,)), native.proof)
    for tensors in ((x, x), (x._replace(name="l0"),), ()):
        with pytest.raises(FormatError, match="other tensors than x"):
            BACKEND.verify(rekeyed(native, data=tensors), native.proof)


def test_a_key_of_another_string_is_refused(native: Native, srs: Srs) -> None:
    other = development(11)
    with pytest.raises(ProofMismatchError, match="another set-up string"):
        BACKEND.verify(native.keys.verifying, native.proof, srs=other)
    with pytest.raises(ProofMismatchError, match="another set-up string"):
        BACKEND.prove(native.keys, native.model, native.x, srs=other)
    with pytest.raises(ProofMismatchError, match="registration proof does not hold"):
        BACKEND.verify(rekeyed(native, tau_g2=other.tau_g2), native.proof)
    wrong = flipped(native.key.tau_g2, 127)
    with pytest.raises(FormatError, match="point of the verifying key"):
        BACKEND.verify(rekeyed(native, tau_g2=wrong), native.proof)


def test_a_key_of_another_backend_or_circuit_digest_is_refused(native: Native) -> None:
    key = native.keys.verifying
    for field in ("backend", "proof_system"):
        with pytest.raises(ProofMismatchError, match="other"):
            BACKEND.verify(dataclasses.replace(key, **{field: "other"}), native.proof)
    with pytest.raises(FormatError, match="circuit digest"):
        BACKEND.verify(dataclasses.replace(key, circuit_hash=bytes(32)), native.proof)


RECORD = ("tau", "srs", "model layout", "data layout", "circuit", "registration circuit")


def test_the_record_holds_what_a_chain_needs_of_the_key(chained: Native, long_srs: Srs) -> None:
    key, data = chained.keys.verifying, chained.key
    words = [key.record[at : at + 32] for at in range(0, 32 * len(RECORD), 32)]
    assert words == [
        keccak(long_srs.tau_g2),
        long_srs.digest_at(chained.header.row_size),
        chained.committed.commitment.layout.digest,
        chained.data_layout,
        keccak(data.circuit),
        keccak(data.registration),
    ]
    shape, commitment = key.record[192:256], key.record[256:320]
    assert shape == data.circuit[:54] + data.evaluation[:1] + bytes(9)
    assert 1 << shape[54] == 1 << compiled(chained).log_gates
    assert commitment == data.evaluation[1:65]
    assert key.record[RECORD_HEAD:] == b"".join(chained.committed.commitment.rows)
    assert key.digest == keccak(key.record + keccak(key.to_bytes()))
    # all that a contract judges proofs by: a gate takes them under every key with this hash
    assert key.circuit_hash == keccak(words[4] + words[5] + shape + commitment)


def test_a_key_with_another_record_is_refused(chained: Native) -> None:
    """One field altered, each by itself; and rows missing or added."""
    key = chained.keys.verifying
    last = len(key.record) - 1
    changed = [flipped(key.record, 32 * index + 31) for index in range(len(RECORD))]
    # each field of the shape and its padding, C0, the first row, the last
    places = (*range(192, 256), 256, 319, RECORD_HEAD, last)
    changed += [flipped(key.record, place) for place in places]
    changed += [b"", key.record[:-64], key.record + key.record[-64:], key.record + b"\0"]
    for record in changed:
        with pytest.raises(ProofMismatchError, match="record is not the one"):
            open_key(dataclasses.replace(key, record=record))


def compiled(native: Native) -> _native.NativeCircuit:
    """The key's circuit, from its architecture."""
    data = native.key
    return compile_circuit(native.model, data.shape, data.parameters(native.header))


def test_an_evaluation_part_is_that_of_the_circuit_or_the_key_is_refused(
    chained: Native, long_srs: Srs
) -> None:
    """Whoever makes a key cannot have a chain judge proofs of something else: k, C0 and Q each by itself,
    each another point of the curve or none; with the record that follows from it."""
    part = chained.key.evaluation
    assert len(part) == 129
    assert rekeyed(chained).circuit_hash == chained.keys.verifying.circuit_hash
    k, commitment, opening = part[:1], part[1:65], part[65:]
    generator = long_srs.power(0)
    for wrong in (
        bytes([k[0] + 1]) + commitment + opening,
        bytes([k[0] - 1]) + commitment + opening,
        bytes([29]) + commitment + opening,
        bytes([255]) + commitment + opening,
        k + generator + opening,
        k + opening + commitment,
        k + commitment + generator,
    ):
        key = rekeyed(chained, evaluation=wrong)
        with pytest.raises(
            (ProofMismatchError, UnsupportedByBackendError), match=r"table of gates|evaluation"
        ):
            open_key(key)
        assert (key.circuit_hash == chained.keys.verifying.circuit_hash) == (wrong[:65] == part[:65])
    broken = [flipped(part, position) for position in (1, 40, 65, 128)]
    for wrong in (*broken, k + bytes(64) + opening, k + commitment + bytes(64)):  # and points at infinity
        with pytest.raises(FormatError, match="point of the verifying key"):
            open_key(rekeyed(chained, evaluation=wrong))
    for size in (1, 65, 128, 130):
        with pytest.raises(FormatError, match=rf"has {size} bytes, expected 129 or none"):
            open_key(rekeyed(chained, evaluation=(part + b"\0")[:size]))


def test_an_evaluation_part_is_of_one_circuit_and_one_string(chained: Native, long_srs: Srs) -> None:
    """An honest part of another circuit of as many gates, or under another string, is none of this key."""
    other = prove(chained.model, long_srs, profile="gas", batch=2)
    with pytest.raises((ProofMismatchError, UnsupportedByBackendError)):
        open_key(rekeyed(chained, evaluation=other.key.evaluation))
    digest = chained.keys.verifying.srs_digest
    circuit = compiled(chained)
    assert circuit.check_evaluation(chained.key.evaluation, long_srs.tau_g2, digest)
    assert not circuit.check_evaluation(chained.key.evaluation, long_srs.tau_g2, bytes(32))
    tau = development(11).tau_g2
    assert not circuit.check_evaluation(chained.key.evaluation, tau, digest)


def test_a_proof_without_its_keys_argument_is_malformed(chained: Native, native: Native) -> None:
    """And one with an argument under a key that asks for none."""
    plain, spare = rekeyed(chained, evaluation=b""), chained.proof
    names = {"circuit_hash": plain.circuit_hash, "vk_hash": plain.digest}
    statement = dataclasses.replace(spare.statement, **names)
    with pytest.raises(MalformedProofError):
        BACKEND.verify(plain, dataclasses.replace(spare, statement=statement))
    length = len(native.proof.payload)
    with pytest.raises(MalformedProofError):
        BACKEND.verify(chained.keys.verifying, chained.carrying(spare.payload[:length]))


def test_keys_for_speed_carry_no_evaluation_part(native: Native, srs: Srs) -> None:
    key = native.keys.verifying
    assert (native.key.evaluation, key.record) == (b"", b"")
    assert key.circuit_hash == keccak(keccak(native.key.circuit) + keccak(native.key.registration))
    assert key.digest == keccak(keccak(key.to_bytes()))
    for verb in (BACKEND.evm_verifier, BACKEND.publication):
        with pytest.raises(UnsupportedByBackendError, match="made for speed") as caught:
            verb(key)
        assert "--profile balanced or gas" in caught.value.remedy
    assert BACKEND.tau_digest(key) == keccak(srs.tau_g2)


def test_only_what_contracts_take_gets_an_evaluation_part(long_srs: Srs) -> None:
    for shape in ({"input": "public"}, {"output": "private"}):
        made = prove(mlp((3, 2)), long_srs, profile="gas", **shape)
        assert (made.key.evaluation, made.keys.verifying.record) == (b"", b"")


def test_a_string_too_short_for_the_table_is_refused_with_numbers(chained: Native, long_srs: Srs) -> None:
    needed = (9 << chained.key.evaluation[0]) - 1
    assert compiled(chained).evaluation_degree == needed > chained.header.row_size
    short = long_srs.prefix(needed - 1)
    message = rf"degree {needed}; this one reaches {needed - 1}"
    with pytest.raises(SrsTooSmallError, match=message) as caught:
        BACKEND.setup(chained.committed, srs=short, profile="gas")
    assert "--profile speed" in caught.value.remedy
    with pytest.raises(SrsTooSmallError, match=message):
        BACKEND.prove(chained.keys, chained.model, chained.x, srs=short)
    exact = long_srs.prefix(needed)
    proof, _ = BACKEND.prove(chained.keys, chained.model, chained.x, srs=exact)
    assert BACKEND.verify(chained.keys.verifying, proof, srs=exact)
    assert BACKEND.verify(chained.keys.verifying, proof, srs=long_srs.prefix(chained.header.row_size))


def test_every_truncation_of_the_keys_is_refused(native: Native) -> None:
    for data, kind in (
        (native.keys.verifying.payload, VerifierData),
        (native.keys.proving.payload, ProverData),
    ):
        step = max(1, len(data) // 400)
        for size in range(0, len(data), step):
            with pytest.raises(FormatError):
                kind.from_bytes(data[:size])
        with pytest.raises(FormatError, match="trailing"):
            kind.from_bytes(data + b"\0")
        with pytest.raises(VersionError):
            kind.from_bytes(data[:5] + b"\x09" + data[6:])


def test_circuits_are_those_of_the_architecture_or_the_key_is_refused(native: Native) -> None:
    """A hostile maker of keys cannot choose what is proved: no description but the compiler's is taken."""
    for name in ("circuit", "registration"):
        description = getattr(native.key, name)
        for position in range(0, len(description), max(1, len(description) // 60)):
            with pytest.raises((FormatError, ProofMismatchError)):
                open_key(rekeyed(native, **{name: flipped(description, position)}))
    other = prove(mlp((3, 4, 4, 2)), development(11))
    for fields in (
        {"architecture": other.key.architecture},
        {"limb_bits": native.key.limb_bits + 1},
        {"padded": True},
    ):
        with pytest.raises(ProofMismatchError, match="not those of the architecture"):
            open_key(rekeyed(native, **fields))


def test_a_key_whose_model_is_laid_out_for_other_constants_is_refused(native: Native) -> None:
    with pytest.raises(ProofMismatchError, match="laid out for other constants"):
        open_key(rekeyed(native, model_layout=bytes(32)))


def test_an_architecture_that_is_none_is_refused(native: Native) -> None:
    architecture = native.key.architecture
    for changed in (b"", architecture[:-1], architecture + b"\0", b"ZKQM" + architecture[4:]):
        with pytest.raises(FormatError):
            open_key(rekeyed(native, architecture=changed))
    with pytest.raises(FormatError, match="does not compile"):
        open_key(rekeyed(native, columns=0))
    with pytest.raises(VersionError, match="compiler 9"):
        open_key(rekeyed(native, compiler=9))


# --- what is refused before anything starts ---------------------------------------------------------


def test_a_short_string_is_refused_with_numbers(native: Native, srs: Srs) -> None:
    size = native.header.row_size
    short = srs.prefix(size - 1)
    with pytest.raises(SrsTooSmallError, match=rf"degree {size}; this one reaches {size - 1}"):
        BACKEND.setup(native.committed, srs=short)
    with pytest.raises(SrsTooSmallError, match=rf"degree {size}; this one reaches {size - 1}"):
        BACKEND.prove(native.keys, native.model, native.x, srs=short)


def test_rows_that_are_too_short_are_refused_with_numbers(native: Native, srs: Srs) -> None:
    from zkattest.backends.base import CommittedModel
    from zkattest.commitments import commit_model

    for model, log_row in ((mlp((3, 4, 4, 4, 2)), 6), (native.model, 5)):
        short = CommittedModel(model, *commit_model(model, srs, row_size=1 << log_row))
        with pytest.raises(
            SrsTooSmallError, match=rf"2\^{log_row} cells are too small; the least size is 2\^"
        ):
            BACKEND.setup(short, srs=srs)


def test_wrong_shapes_ranges_and_contexts_are_refused(native: Native, srs: Srs) -> None:
    with pytest.raises(ShapeError):
        BACKEND.prove(native.keys, native.model, np.zeros((1, 5), dtype=np.int64), srs=srs)
    outside = native.x.copy()
    outside.reshape(-1)[0] = native.model.inputs[0].high + 1
    with pytest.raises(ShapeError, match="declared range"):
        BACKEND.prove(native.keys, native.model, outside, srs=srs)
    with pytest.raises(FormatError, match="32 bytes"):
        BACKEND.prove(native.keys, native.model, native.x, srs=srs, context=b"short")


def test_the_verifier_for_the_chain_is_one_for_every_key(chained: Native, long_srs: Srs) -> None:
    twin = prove(mlp((3, 2)), long_srs, profile="gas")
    first, second = (BACKEND.evm_verifier(one.keys.verifying) for one in (chained, twin))
    assert first.wildcard
    assert first.contracts == second.contracts == BACKEND.universal_verifier(long_srs).contracts
    assert [code.name for code in first.contracts] == ["VerifyingKeyStore", "SumcheckVerifier"]
    assert first.contracts[1].arguments == ("$VerifyingKeyStore", long_srs.tau_g2, True)
    key = chained.keys.verifying
    publication = BACKEND.publication(key)
    assert publication is not None
    assert keccak(publication.record + publication.encoding_digest) == key.digest


def test_what_no_contract_takes_is_refused(srs: Srs) -> None:
    for shape in ({"input": "public"}, {"output": "private"}):
        key = prove(mlp((3, 2)), srs, **shape).keys.verifying
        with pytest.raises(UnsupportedByBackendError, match="private input and a public output"):
            BACKEND.evm_verifier(key)


def test_what_fits_no_contract_is_refused_with_numbers(native: Native) -> None:
    header = native.key.circuit[:54]
    rows = 378  # 320 + 64 * 378 = 24,512
    evm.check_sizes(header[:10] + rows.to_bytes(4, "big") + header[14:])
    message = r"record has 24,576 bytes; a contract holds 24,575"
    with pytest.raises(UnsupportedByBackendError, match=message) as caught:
        evm.check_sizes(header[:10] + (rows + 1).to_bytes(4, "big") + header[14:])
    assert "--profile gas" in caught.value.remedy


def test_an_opening_of_another_models_commitment_is_refused(native: Native, twin: Native, srs: Srs) -> None:
    mixed = dataclasses.replace(native.committed, model=twin.model)
    with pytest.raises(ProofMismatchError, match="does not open"):
        mixed.check(srs)


def test_a_batch_of_another_size_is_refused(native: Native, srs: Srs) -> None:
    with pytest.raises(ShapeError, match="1 inferences at a time"):
        BACKEND.prove(native.keys, native.model, np.concatenate([native.x, native.x]), srs=srs)
    keys = BACKEND.setup(committed(native.model, srs), srs=srs, shape=StatementShape(batch=2))
    with pytest.raises(ShapeError, match="2 inferences at a time"):
        BACKEND.prove(keys, native.model, native.x, srs=srs)
