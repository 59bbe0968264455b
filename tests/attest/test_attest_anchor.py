"""A chain client is a source of anchors as it is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from attest_world import BINDING, attestation_id, lookup, make_bundle, make_key, make_proof, recorded
from eth_utils.address import to_checksum_address

from zkattest.attest import Anchor, AnchorRecord, Outcome, verify
from zkattest.chain import AttestationRecord, Chain
from zkattest.errors import ChainUnreachableError, DeploymentError, RevertedError


def _anchor_check(signer: Any, chain: Any, anchor: Anchor | None = None, binding: Any = BINDING) -> Any:
    key = make_key()
    bundle = make_bundle(signer, key=key, proof=make_proof(key, binding=binding), anchor=anchor or recorded())
    return verify(bundle, keys=[signer.public], chain=chain, backends=lookup)["anchor"]


def test_a_chains_record_has_every_field() -> None:
    assert {field.name for field in fields(AnchorRecord)} <= {
        field.name for field in fields(AttestationRecord)
    }


def test_an_embedded_chain_without_and_with_a_deployment(signer) -> None:
    with Chain.embedded() as chain:
        binding = replace(BINDING, chain_id=chain.chain_id)
        anchor = recorded().model_copy(update={"chain_id": chain.chain_id})
        check = _anchor_check(signer, chain, anchor, binding)
        with pytest.raises(DeploymentError) as missing:
            _ = chain.registry
        assert (check.outcome, check.detail) == (Outcome.NOT_CHECKED, str(missing.value))
        chain.deploy()
        check = _anchor_check(signer, chain, anchor, binding)
        assert check.outcome is Outcome.FAILED
        assert f"the trusted registry is {chain.registry.lower()}" in check.detail
        binding = replace(binding, registry=to_checksum_address(chain.registry))
        claimed = "0x" + attestation_id(make_proof(make_key(), binding=binding)).hex()
        anchor = anchor.model_copy(update={"contract": chain.registry.lower(), "attestation_id": claimed})
        check = _anchor_check(signer, chain, anchor, binding)
        assert (check.outcome, check.detail) == (
            Outcome.FAILED,
            f"the registry holds no attestation {claimed}",
        )


def test_a_chain_that_gives_no_answer_decides_nothing(signer) -> None:
    class Troubled:
        chain_id = BINDING.chain_id
        registry = BINDING.registry

        def __init__(self, trouble: Exception) -> None:
            self._trouble = trouble

        def attestation(self, attestation_id: bytes) -> AnchorRecord | None:
            raise self._trouble

    for trouble in (
        ChainUnreachableError("No answer."),
        RevertedError("odd", name="Panic"),
        DeploymentError("none"),
    ):
        check = _anchor_check(signer, Troubled(trouble))
        assert (check.outcome, check.detail) == (Outcome.NOT_CHECKED, str(trouble))
