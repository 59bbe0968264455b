from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chain_world import DisturbedProvider, chain_on, evm_verifier

from zkattest.chain import Chain


@pytest.fixture
def provider(tmp_path: Path) -> DisturbedProvider:
    """A node whose chain is in a file, behind a line that can be disturbed."""
    return DisturbedProvider(tmp_path / "node" / "chain.db")


@pytest.fixture
def chain(provider: DisturbedProvider, tmp_path: Path) -> Iterator[Chain]:
    """The development account's client, with its journal in a file."""
    with chain_on(provider, tmp_path / "state") as client:
        yield client


@pytest.fixture
def deployed(chain: Chain) -> Chain:
    """A chain with registries and an approved verifier for the key 0x33…33."""
    chain.deploy()
    chain.deploy_verifier(evm_verifier(b"\x33" * 32))
    return chain
