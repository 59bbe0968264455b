from __future__ import annotations

import pytest

from zkattest.attest import SigningKey


@pytest.fixture(scope="session")
def signer() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="session")
def stranger() -> SigningKey:
    return SigningKey.generate("ecdsa-p256")
