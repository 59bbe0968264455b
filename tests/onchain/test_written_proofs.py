"""The proofs that Foundry's tests attack are what the reference prover writes, and hold natively."""

from __future__ import annotations

from registered import instance_of, registered
from sumcheck_judge import judge
from write_proofs import FILE, in_context, text


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run python tests/onchain/write_proofs.py"


def test_the_specification_accepts_them() -> None:
    made = registered(instance_of())
    assert judge(made.instance, made.proof) is True
    elsewhere = registered(instance_of(), context=in_context(made))
    assert elsewhere.proof != made.proof
    assert judge(elsewhere.instance, elsewhere.proof) is True
    assert judge(elsewhere.instance, made.proof) is False
