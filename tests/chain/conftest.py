from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def deployed_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node and a state directory with registries and an approved verifier for the key 0x33…33, to copy."""
    world = tmp_path_factory.mktemp("world")
    with chain_on(DisturbedProvider(world / "node" / "chain.db"), world / "state") as client:
        client.deploy()
        client.deploy_verifier(evm_verifier(b"\x33" * 32))
    return world


@pytest.fixture
def deployed(deployed_world: Path, provider: DisturbedProvider, tmp_path: Path) -> Iterator[Chain]:
    """The client of a copy of :func:`deployed_world`, on ``provider``."""
    provider.reorganise(deployed_world / "node" / "chain.db")
    shutil.copytree(deployed_world / "state", tmp_path / "state")
    with chain_on(provider, tmp_path / "state") as client:
        client.attach()
        yield client
