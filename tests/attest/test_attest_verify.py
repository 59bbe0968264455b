"""The checklist: an honest bundle passes, and each lie fails at the check that is there for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from attest_world import (
    ATTESTATION_ID,
    BINDING,
    Edit,
    HashBackend,
    StubChain,
    StubSrs,
    attestation_id,
    lookup,
    make_attestation,
    make_bundle,
    make_key,
    make_proof,
    make_record,
    recorded,
    write_model,
)
from eth_utils.crypto import keccak

from zkattest.attest import (
    CHECKS,
    AnchorRecord,
    Bundle,
    Envelope,
    Expected,
    Outcome,
    SigningKey,
    VerificationReport,
    canonical,
    sign,
    verify,
)
from zkattest.errors import ChainUnreachableError, FormatError, InputError, SrsError, ToolMissingError

P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED


def outcomes(report: VerificationReport) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in report.checks}


def run(bundle: Bundle, signer: SigningKey, **options: Any) -> VerificationReport:
    return verify(bundle, **({"keys": [signer.public], "backends": lookup} | options))


def resigned(bundle: Bundle, signer: SigningKey, edit: Edit) -> Bundle:
    """The bundle with an edited statement, signed anew: a signer who lies."""
    value = json.loads(bundle.envelope.payload)
    edit(value)
    return replace(bundle, envelope=Envelope.signed(canonical.encode(value), [signer]))


@pytest.fixture
def bundle(signer) -> Bundle:
    return make_bundle(signer)


@pytest.fixture
def bound(signer) -> Bundle:
    key = make_key()
    return make_bundle(signer, key=key, proof=make_proof(key, binding=BINDING), anchor=recorded())


def test_the_checks_are_numbered_as_documented() -> None:
    import zkattest.attest.verifier as module

    for number, name in CHECKS.items():
        assert f"{number}. **{name}**" in (module.__doc__ or "")


def test_an_honest_bundle_is_accepted(bundle, signer) -> None:
    report = run(bundle, signer)
    assert outcomes(report) == {
        "bundle": P,
        "signature": P,
        "statement": P,
        "digests": P,
        "proof": P,
        "setup": P,
        "anchor": N,
        "files": N,
        "commitment": N,
        "expected": N,
    }
    assert (report.ok, report.verdict, report.exit_code) == (True, "accepted", 0)
    assert [check.number for check in report.checks] == list(range(1, 11))


def test_everything_given_everything_passes(bound, signer, tmp_path) -> None:
    key = make_key()
    proof = make_proof(key, binding=BINDING)
    report = run(
        bound,
        signer,
        chain=StubChain({ATTESTATION_ID: make_record(proof)}),
        files=[write_model(tmp_path)],
        srs=StubSrs(keccak(b"ceremony")),
        expected=Expected(
            vk_hash=key.digest, model_commitment=key.model_hash, setup_digest=keccak(b"ceremony")
        ),
    )
    assert {name for name, outcome in outcomes(report).items() if outcome is not P} == {"commitment"}
    assert report.ok


# --- 2: signature -----------------------------------------------------------------------------------


def test_without_keys_the_verdict_is_incomplete(bundle, signer) -> None:
    report = run(bundle, signer, keys=None)
    assert report["signature"].detail == "no trusted public key was given"
    assert (report.verdict, report.ok, report.exit_code) == ("incomplete", False, 2)


def test_a_strangers_signature(bundle, signer, stranger) -> None:
    report = run(bundle, signer, keys=[stranger.public])
    assert report["signature"].outcome is F
    assert report["signature"].detail == (
        f"0 trusted signature(s), 1 needed; signature of unknown key {signer.public.key_id}"
    )
    assert (report.verdict, report.exit_code) == ("rejected", 1)


def test_threshold(bundle, signer, stranger) -> None:
    keys = [signer.public, stranger.public]
    assert run(bundle, signer, keys=keys, threshold=2)["signature"].outcome is F
    both = replace(bundle, envelope=bundle.envelope.countersigned(stranger))
    assert run(both, signer, keys=keys, threshold=2).ok
    doubled = replace(bundle, envelope=replace(bundle.envelope, signatures=bundle.envelope.signatures * 2))
    assert run(doubled, signer, keys=keys, threshold=2)["signature"].outcome is F


@pytest.mark.parametrize(("count", "threshold"), [(0, 1), (1, 2), (1, 0), (1, -1)])
def test_impossible_thresholds(bundle, signer, count, threshold) -> None:
    with pytest.raises(InputError, match="threshold"):
        run(bundle, signer, keys=[signer.public] * count, threshold=threshold)


def test_the_same_key_twice_is_one_key(bundle, signer) -> None:
    with pytest.raises(InputError, match="threshold of 2 with 1 distinct"):
        run(bundle, signer, keys=[signer.public] * 2, threshold=2)


def test_a_signature_over_another_payload(bundle, signer) -> None:
    other = make_attestation(make_key(b"other"), make_proof(make_key(b"other")))
    swapped = replace(bundle, envelope=replace(bundle.envelope, signatures=sign(other, signer).signatures))
    report = run(swapped, signer)
    assert report["signature"].outcome is F
    assert f"invalid signature of trusted key {signer.public.key_id}" in report["signature"].detail


def test_a_signature_as_another_type(bundle, signer) -> None:
    foreign = Envelope.signed(bundle.envelope.payload, [signer], payload_type="application/json")
    swapped = replace(bundle, envelope=replace(bundle.envelope, signatures=foreign.signatures))
    assert run(swapped, signer)["signature"].outcome is F


def test_every_bit_of_the_statement_is_signed(bundle, signer) -> None:
    payload = bundle.envelope.payload
    for at in range(0, len(payload), 17):
        flipped = bytearray(payload)
        flipped[at] ^= 1
        report = run(replace(bundle, envelope=replace(bundle.envelope, payload=bytes(flipped))), signer)
        assert report["signature"].outcome is F
        assert not report.ok


# --- 3: statement -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (b"{}", "_type is None"),
        (b"[]", "is a list; expected an object"),
        (b"[" * 100_000, "nested deeper than 8"),
        (b'{"_type":NaN}', "floating-point"),
        (b'{"a":1,"a":2}', "a key twice"),
        (b"", "no JSON"),
    ],
)
def test_a_signed_payload_that_is_no_statement(bundle, signer, payload, detail) -> None:
    report = run(replace(bundle, envelope=Envelope.signed(payload, [signer])), signer)
    assert detail in report["statement"].detail
    assert report["statement"].malformed
    assert {report[name].outcome for name in ("digests", "proof", "setup")} == {N}
    assert (report.verdict, report.exit_code) == ("rejected", 2)


def test_another_predicate_type(bundle, signer) -> None:
    lying = resigned(bundle, signer, lambda s: s.update(predicateType="https://zkattest.dev/attestation/v2"))
    assert "predicateType is 'https://zkattest.dev/attestation/v2'" in run(lying, signer)["statement"].detail


# --- 4: digests -------------------------------------------------------------------------------------

ZERO = "0x" + "00" * 32


@pytest.mark.parametrize(
    ("edit", "member"),
    [
        (lambda p: p["proof"].update(vkHash=ZERO), "proof.vk_hash"),
        (lambda p: p["proof"].update(digest=ZERO), "proof.digest"),
        (lambda p: p["proof"].update(circuitHash=ZERO), "proof.circuit_hash"),
        (lambda p: p["proof"].update(setupDigest=ZERO), "proof.setup_digest"),
        (lambda p: p["proof"].update(setupUnsafe=True), "proof.setup_unsafe"),
        (lambda p: p["proof"].update(system="ezkl-bn254-v1"), "proof.system"),
        (lambda p: p["proof"].update(proofSystemId="0x00000000"), "proof.proof_system_id"),
        (
            lambda p: p["proof"].update(publicInputs=p["proof"]["publicInputs"][:-2] + "08"),
            "proof.public_inputs",
        ),
        (lambda p: p["claim"].update(inputCommitment=ZERO), "claim.input_commitment"),
        (lambda p: p["claim"]["output"]["values"].__setitem__(0, "-301"), "claim.output"),
        (lambda p: p["claim"]["output"]["values"].append("0"), "claim.output"),
        (lambda p: p["claim"].update(context="0x" + "11" * 32), "claim.context"),
        (lambda p: p["claim"].update(nonce="0x" + "11" * 32), "the context of anchor, version and nonce"),
        (lambda p: p["model"].update(commitment=ZERO), "model.commitment"),
        (lambda p: p["model"].update(version=4), "the context of anchor, version and nonce"),
        (lambda p: p["anchor"].update(chainId=1), "the context of anchor, version and nonce"),
        (lambda p: p["anchor"].update(modelId="1"), "the context of anchor, version and nonce"),
        (lambda p: p["anchor"].update(contract="0x" + "11" * 20), "the context of anchor, version and nonce"),
    ],
)
def test_a_signer_who_lies_about_the_proof(bound, signer, edit, member) -> None:
    report = run(resigned(bound, signer, lambda s: edit(s["predicate"])), signer)
    assert report["signature"].outcome is P
    assert report["digests"].detail == f"not what the key and the proof say: {member}"
    assert not report["digests"].malformed
    assert {report[name].outcome for name in ("proof", "setup")} == {N}
    assert (report.verdict, report.exit_code) == ("rejected", 1)


def test_hiding_the_anchor_of_a_bound_proof(bound, signer) -> None:
    def unbind(statement: dict[str, Any]) -> None:
        predicate = statement["predicate"]
        del predicate["anchor"], predicate["claim"]["nonce"]
        predicate["claim"]["context"] = ZERO

    report = run(resigned(bound, signer, unbind), signer)
    assert report["digests"].detail == "not what the key and the proof say: claim.context"


def test_swapped_proofs(signer) -> None:
    key = make_key()
    first, second = (make_bundle(signer, key=key, proof=make_proof(key, salt=salt)) for salt in (b"1", b"2"))
    for one, other in ((first, second), (second, first)):
        report = run(replace(one, proof=other.proof), signer)
        assert report["signature"].outcome is P
        assert "proof.digest" in report["digests"].detail
        assert report["proof"].outcome is N


def test_swapped_keys(signer, bundle) -> None:
    report = run(replace(bundle, verifying_key=make_key(b"another").to_bytes()), signer)
    assert report["digests"].outcome is F
    assert "proof.vk_hash" in report["digests"].detail


def test_a_key_of_another_model_that_the_proof_names(signer) -> None:
    """Key and statement contradict each other although every digest fits."""
    key = make_key()
    proof = make_proof(key)
    statement = replace(proof.statement, model_hash=keccak(b"a better model"))
    forged = replace(proof, statement=statement, payload=keccak(key.payload + statement.to_bytes()))
    report = run(make_bundle(signer, key=key, proof=forged), signer)
    assert report["digests"].detail == "not what the key and the proof say: the key's model"


def test_a_detached_bundle(bundle, signer) -> None:
    light = Bundle(bundle.envelope)
    report = run(Bundle.from_bytes(light.to_bytes()), signer)
    assert report["digests"].outcome is N
    assert report["digests"].detail == (
        "the bundle does not carry the verifying key and the proof, and none was given"
    )
    assert (report.verdict, report.exit_code) == ("incomplete", 2)
    key = make_key()
    assert run(light, signer, verifying_key=key, proof=make_proof(key)).ok
    assert run(light, signer, verifying_key=key, proof=make_proof(key, salt=b"other"))["digests"].outcome is F


@pytest.mark.parametrize("field", ["verifying_key", "proof"])
@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"XXXX" + b[4:], lambda b: b""]
)
def test_material_that_does_not_decode(bundle, signer, field, damage) -> None:
    report = run(replace(bundle, **{field: damage(getattr(bundle, field))}), signer)
    assert report["digests"].outcome is F
    assert report["digests"].malformed
    assert report.exit_code == 2


# --- 5: proof ---------------------------------------------------------------------------------------


def test_a_false_proof_that_everyone_signed(signer) -> None:
    """The signer attests a wrong proof with all digests right: only the proof system notices."""

    class Gullible(HashBackend):
        def verify(self, verifying_key: Any, proof: Any, *, srs: Any = None) -> bool:
            return True

    key = make_key()
    forged = replace(make_proof(key), payload=bytes(32))
    bundle = make_bundle(signer, key=key, proof=forged, backends=lambda _: Gullible())
    report = run(bundle, signer)
    assert report["digests"].outcome is P
    assert report["proof"].detail == "hash-keccak-v1 rejects the proof"
    assert (report.verdict, report.exit_code) == ("rejected", 1)
    short = make_bundle(signer, key=key, proof=replace(forged, payload=b"x"), backends=lambda _: Gullible())
    report = run(short, signer)
    assert report["proof"].malformed
    assert report.exit_code == 2


def test_a_missing_backend_is_said(signer) -> None:
    key = make_key(backend="ezkl")
    bundle = make_bundle(signer, key=key, proof=make_proof(key), backends=lambda _: HashBackend())
    report = run(bundle, signer)
    assert report["proof"].outcome is N
    assert report["proof"].detail == "ezkl is not installed. pip install zkattest[ezkl]"
    assert (report.verdict, report.ok, report.exit_code) == ("incomplete", False, 2)


def test_a_key_that_the_backend_cannot_read(bundle, signer) -> None:
    class Strict(HashBackend):
        def verify(self, verifying_key: Any, proof: Any, *, srs: Any = None) -> bool:
            raise FormatError("The key's settings do not decode.")

    report = run(bundle, signer, backends=lambda _: Strict())
    assert (report["proof"].outcome, report["proof"].malformed, report.exit_code) == (F, True, 2)


@pytest.mark.parametrize("error", [SrsError("too small"), ToolMissingError("no tool")])
def test_a_proof_that_cannot_be_judged_is_not_judged(bundle, signer, error) -> None:
    class Broken(HashBackend):
        def verify(self, verifying_key: Any, proof: Any, *, srs: Any = None) -> bool:
            raise error

    report = run(bundle, signer, backends=lambda _: Broken())
    assert (report["proof"].outcome, report.verdict) == (N, "incomplete")


def test_a_backend_of_another_version_does_not_judge(bundle, signer) -> None:
    class Newer(HashBackend):
        proof_system = "hash-keccak-v2"

    report = run(bundle, signer, backends=lambda _: Newer())
    assert report["proof"].detail == "the hash backend here speaks hash-keccak-v2, not hash-keccak-v1"
    assert report["proof"].outcome is N


# --- 6: setup ---------------------------------------------------------------------------------------


def test_a_development_setup_fails_unless_allowed(signer) -> None:
    key = make_key(unsafe=True)
    bundle = make_bundle(signer, key=key, proof=make_proof(key))
    report = run(bundle, signer)
    assert report["setup"].outcome is F
    assert "made for development" in report["setup"].detail
    assert (report.verdict, report.exit_code) == ("rejected", 1)
    report = run(bundle, signer, allow_development=True)
    assert report.ok
    assert report["setup"].detail.endswith("allowed by the caller")


def test_the_given_string_is_compared(bundle, signer) -> None:
    assert run(bundle, signer, srs=StubSrs(keccak(b"ceremony")))["setup"].detail.endswith(
        "the given one or a prefix of it"
    )
    assert run(bundle, signer, srs=StubSrs(keccak(b"other")))["setup"].outcome is F
    assert run(bundle, signer, srs=StubSrs(keccak(b"other")), allow_development=True)["setup"].outcome is F
    assert run(bundle, signer, srs=StubSrs(keccak(b"ceremony"), unsafe=True))["setup"].outcome is F


# --- 7: anchor --------------------------------------------------------------------------------------


def anchored(bound: Bundle, signer: SigningKey, *, allow: bool = False, **changes: Any) -> Any:
    proof = make_proof(make_key(), binding=BINDING)
    chain = StubChain({ATTESTATION_ID: make_record(proof, **changes)})
    return run(bound, signer, chain=chain, allow_development=allow)["anchor"]


def test_the_anchor_on_chain(bound, signer) -> None:
    assert anchored(bound, signer).outcome is P
    assert anchored(bound, signer, tx_hash=None).detail.endswith("the transaction hash was not compared")
    assert "deprecated since" in anchored(bound, signer, deprecated=True).detail


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("model_id", 1, "model id"),
        ("version", 4, "version"),
        ("model_hash", bytes(32), "model hash"),
        ("circuit_hash", bytes(32), "circuit hash"),
        ("vk_hash", bytes(32), "key hash"),
        ("proof_system_id", bytes(4), "proof system"),
        ("tx_hash", bytes(32), "transaction"),
    ],
)
def test_a_record_that_differs(bound, signer, field, value, name) -> None:
    check = anchored(bound, signer, **{field: value})
    assert (check.outcome, check.detail) == (F, f"the registry's record differs: {name}")


def test_every_field_of_a_record_is_looked_at() -> None:
    """A new field of AnchorRecord needs a case above or below."""
    assert set(AnchorRecord.__dataclass_fields__) == {
        "model_id",
        "version",
        "model_hash",
        "circuit_hash",
        "vk_hash",
        "proof_system_id",
        "tx_hash",
        "development_setup",
        "verifier_approved",
        "deprecated",
    }


def test_development_and_withdrawn_verifiers(bound, signer) -> None:
    assert anchored(bound, signer, development_setup=True).outcome is F
    assert anchored(bound, signer, development_setup=True, allow=True).outcome is P
    assert "withdrawn" in anchored(bound, signer, verifier_approved=False).detail
    assert anchored(bound, signer, verifier_approved=False).outcome is F


def test_another_chain_or_registry(bound, signer) -> None:
    proof = make_proof(make_key(), binding=BINDING)
    records = {ATTESTATION_ID: make_record(proof)}
    for chain in (StubChain(records, chain_id=1), StubChain(records, registry="0x" + "22" * 20)):
        check = run(bound, signer, chain=chain)["anchor"]
        assert check.outcome is F
        assert "the trusted registry is" in check.detail


@pytest.mark.parametrize("change", [{"salt": b"another"}, {"output": (1, 2, 3)}])
def test_an_attestation_of_another_claim(signer, change) -> None:
    """An anchor that names a recorded attestation of the same model: another input, or another output."""
    key = make_key()
    other = make_proof(key, binding=BINDING, **change)
    anchor = recorded(attestation_id(other))
    bundle = make_bundle(signer, key=key, proof=make_proof(key, binding=BINDING), anchor=anchor)
    check = run(bundle, signer, chain=StubChain({attestation_id(other): make_record(other)}))["anchor"]
    assert (check.outcome, check.detail) == (
        F,
        f"the anchor names attestation {anchor.attestation_id}; the proof's claim has the id "
        f"0x{ATTESTATION_ID.hex()}",
    )


def test_an_anchor_that_was_never_recorded(bound, signer) -> None:
    report = run(bound, signer, chain=StubChain({}))
    assert report["anchor"].detail == f"the registry holds no attestation 0x{ATTESTATION_ID.hex()}"
    assert (report.verdict, report.exit_code) == ("rejected", 1)


def test_anchors_that_cannot_be_checked(bundle, bound, signer) -> None:
    class Silent(StubChain):
        def attestation(self, attestation_id: bytes) -> AnchorRecord | None:
            raise ChainUnreachableError("No answer.")

    assert run(bound, signer)["anchor"].detail == "no chain was given"
    report = run(bound, signer, chain=Silent({}))
    assert (report["anchor"].outcome, report["anchor"].detail, report.verdict) == (
        N,
        "No answer.",
        "incomplete",
    )
    report = run(bundle, signer, chain=StubChain({}))
    assert (report["anchor"].detail, report.verdict) == ("the attestation names no anchor", "incomplete")
    key = make_key()
    early = make_bundle(signer, key=key, proof=make_proof(key, binding=BINDING))
    assert "was not recorded on chain when" in run(early, signer, chain=StubChain({}))["anchor"].detail


# --- 8, 9, 10 ---------------------------------------------------------------------------------------


def test_files(bundle, signer, tmp_path) -> None:
    good = write_model(tmp_path)
    assert run(bundle, signer, files=[good]).ok
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"another model")
    report = run(bundle, signer, files=[good, bad])
    assert (report["files"].outcome, report.exit_code) == (F, 1)
    assert "is no subject's" in report["files"].detail or "which is no subject's" in report["files"].detail
    report = run(bundle, signer, files=[])
    assert (report["files"].detail, report.verdict) == ("not given: model.onnx", "incomplete")
    report = run(bundle, signer, files=[tmp_path / "absent"])
    assert (report["files"].outcome, report.verdict) == (N, "incomplete")


def _committed(signer: SigningKey, kind: str) -> Bundle:
    """An honest bundle of a model whose commitment travels along, made under a development string."""
    native = pytest.importorskip("zkattest._native", reason="the native library is not built")
    assert native is not None
    from zkattest.commitments import commit
    from zkattest.srs import Srs

    with pytest.warns(UserWarning, match="UNSAFE"):
        srs = Srs.development(5)
    commitment, _ = commit({"w": np.arange(20, dtype=np.int64)}, srs, kind=kind)  # type: ignore[arg-type]
    key = replace(make_key(), model_hash=commitment.identity)
    bundle = make_bundle(signer, key=key, proof=make_proof(key))
    return replace(bundle, model_commitment=commitment.to_bytes())


def test_the_embedded_commitment(signer) -> None:
    bundle = _committed(signer, "model")
    report = run(bundle, signer)
    assert (report["commitment"].outcome, report.verdict) == (F, "rejected")
    assert "development string" in report["commitment"].detail
    report = run(bundle, signer, allow_development=True)
    assert (report["commitment"].outcome, report.ok) == (P, True)
    other = replace(bundle, model_commitment=_committed(signer, "model").model_commitment)
    report = run(
        other, signer, allow_development=True
    )  # fresh blinders: another commitment to the same model
    assert "its identity is 0x" in report["commitment"].detail
    broken = replace(bundle, model_commitment=(bundle.model_commitment or b"")[:-1])
    report = run(broken, signer, allow_development=True)
    assert (report["commitment"].outcome, report["commitment"].malformed, report.exit_code) == (F, True, 2)


def test_a_commitment_to_data_is_none_to_a_model(signer) -> None:
    report = run(_committed(signer, "data"), signer, allow_development=True)
    assert report["commitment"].detail == "it is a commitment of kind 'data', not to a model"


def test_expectations(bundle, signer) -> None:
    key = make_key()
    pinned = {
        "vk_hash": key.digest,
        "model_commitment": key.model_hash,
        "circuit_hash": key.circuit_hash,
        "setup_digest": key.srs_digest,
        "input_commitment": make_proof(key).statement.input_commitment,
    }
    assert set(pinned) == set(Expected.__dataclass_fields__)
    assert run(bundle, signer, expected=Expected(**pinned)).ok
    for name in pinned:
        report = run(bundle, signer, expected=Expected(**{**pinned, name: bytes(32)}))
        assert (report["expected"].outcome, report["expected"].detail) == (F, f"not as expected: {name}")
    with pytest.raises(InputError, match="expected vk_hash has 31 bytes"):
        Expected(vk_hash=bytes(31))


class Pinning(HashBackend):
    """Keys rest on the string of this [tau]_2."""

    def tau_digest(self, verifying_key: Any) -> bytes:
        return keccak(b"tau")


def test_a_pinned_tau_is_compared_with_the_keys(bundle, signer) -> None:
    tau = keccak(b"tau")
    report = run(bundle, signer, tau=tau, backends=lambda _: Pinning())
    assert report.ok
    assert "with the pinned [tau]_2" in report["setup"].detail
    report = run(bundle, signer, tau=bytes(32), backends=lambda _: Pinning())
    assert (report["setup"].outcome, report.exit_code) == (F, 1)
    assert "pinned is 0x00" in report["setup"].detail
    report = run(bundle, signer, tau=tau)  # of a system whose keys have none
    assert (report["setup"].outcome, report.verdict) == (N, "incomplete")
    with pytest.raises(InputError, match="32 bytes; got 31"):
        run(bundle, signer, tau=tau[:31])


def test_a_pinned_tau_needs_the_proof(bundle, signer) -> None:
    """Where the backend did not open the key, what it carries is words."""

    class Refusing(Pinning):
        def verify(self, *_: Any, **__: Any) -> bool:
            return False

    report = run(bundle, signer, tau=keccak(b"tau"), backends=lambda _: Refusing())
    assert (report["proof"].outcome, report["setup"].outcome) == (F, N)


def test_expectations_are_not_met_by_words(bundle, signer) -> None:
    """The statement says the pinned key, the bundle carries another: 10 is not made on words alone."""
    wanted = make_key(b"wanted")
    lying = resigned(
        bundle, signer, lambda s: s["predicate"]["proof"].update(vkHash="0x" + wanted.digest.hex())
    )
    report = run(lying, signer, expected=Expected(vk_hash=wanted.digest))
    assert (report["digests"].outcome, report["expected"].outcome) == (F, N)
