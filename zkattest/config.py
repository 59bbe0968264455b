"""``zkattest.toml``: the defaults of a project, so that commands stay short.

.. code-block:: toml

    state = ".zkattest"            # embedded chain, deployments, journals
    backend = "sumcheck"

    [quantisation]
    bits = 12

    [chain]
    url = "http://127.0.0.1:8545"  # absent: the embedded chain
    keystore = "operator.json"     # Ethereum keystore v3; password: ZKATTEST_PASSWORD or a prompt
    chain_id = 31337               # refuse to talk to any other chain
    confirmations = 1
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zkattest.errors import ConfigError
from zkattest.storage import read_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "zkattest.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class QuantisationConfig(_Section):
    """``[quantisation]``: bit width of activations and inputs, 8 to 16."""

    bits: int = Field(default=12, ge=8, le=16)


class ChainConfig(_Section):
    """``[chain]``: which node, which account. Without ``url``, the embedded chain."""

    url: str | None = None
    keystore: str | None = None
    chain_id: int | None = Field(default=None, ge=1)
    confirmations: int = Field(default=1, ge=1, le=1000)


class Config(_Section):
    """All settings with their defaults."""

    state: str = ".zkattest"
    backend: str = "sumcheck"
    quantisation: QuantisationConfig = QuantisationConfig()
    chain: ChainConfig = ChainConfig()

    @property
    def state_dir(self) -> Path:
        """Directory of the embedded chain, the deployments and the journals."""
        return Path(self.state)


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or ``zkattest.toml`` in the working directory; defaults where there is none.

    Raises:
        ConfigError: not TOML, an unknown key, or a value of the wrong type; names the key.
    """
    if path is None:
        path = Path(FILE_NAME)
        if not path.exists():
            return Config()
    try:
        content = tomllib.loads(read_file(path, what="configuration").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", remedy="Correct the file.") from None
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{path}: {key}: {first['msg']}.", remedy="The known keys are in docs/guides/configuration.md."
        ) from None
