"""Options that several verbs share."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer

from zkattest.backends.base import Visibility
from zkattest.chain import PASSWORD_VARIABLE, Account, Chain
from zkattest.cli.output import Output
from zkattest.config import Config, load_config
from zkattest.errors import SigningKeyError
from zkattest.srs import Srs

SrsOption = Annotated[Path, typer.Option("--srs", "-s", help="Set-up string, from `zkattest srs`.")]
BackendOption = Annotated[str | None, typer.Option("--backend", "-b", help="Proof system.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, max=1024, help="Processor threads to use; all by default.")
]
BatchOption = Annotated[
    int, typer.Option("--batch", min=1, max=65536, help="Inferences that one proof is about.")
]
InputVisibility = Annotated[
    Visibility, typer.Option("--input", help="Whether statements show the input, or a commitment to it.")
]
OutputVisibility = Annotated[
    Visibility, typer.Option("--output", help="Whether statements show the output, or a commitment to it.")
]
KeysOption = Annotated[Path, typer.Option("--keys", "-k", help="Directory of the model's keys.")]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Node to talk to, or `embedded`; by default the configured one, else the embedded chain.",
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--chain",
        metavar="TARGET",
        help="Ask a chain: a node's URL, `embedded`, or `default` for the configured one.",
    ),
]

#: Names the chain inside this process where a URL may stand.
EMBEDDED = "embedded"

UNSAFE = (
    "[bold yellow]UNSAFE SET-UP STRING[/]: made for development, or from a ceremony that nobody vouches for; "
    "whoever knows its secret can forge proofs. Everything made with it is marked so."
)


@lru_cache(maxsize=1)
def settings() -> Config:
    """The project's configuration, read once."""
    return load_config()


def load_srs(path: Path, out: Output) -> Srs:
    """Read a set-up string, and say loudly when it is a development one."""
    string = Srs.load(path)
    if string.unsafe:
        out.say(UNSAFE)
    return string


def password(what: str, variable: str) -> str:
    """A password from the environment, or asked for at the terminal; never an argument."""
    value = os.environ.get(variable)
    if value is not None:
        return value
    if not os.isatty(0):
        raise SigningKeyError(f"{what} needs a password.", remedy=f"Set {variable}, or run in a terminal.")
    return str(typer.prompt(f"password of {what}", hide_input=True))


def open_target(target: str) -> Chain:
    """The chain that ``--chain`` names, for reading only: no account is opened."""
    return open_chain(None if target == "default" else target, reading=True)


def open_chain(url: str | None, *, reading: bool = False) -> Chain:
    """The chain that options and configuration name; the embedded one where they name none.

    Arguments:
        url: a node's, or ``embedded``; None: as configured.
        reading: open no account, which is what asks for a password.
    """
    config = settings()
    target = url or config.chain.url
    if target is None or target == EMBEDDED:
        return Chain.embedded(config.state_dir / "chain.db")
    account = None
    if config.chain.keystore is not None and not reading:
        keystore = Path(config.chain.keystore)
        account = Account.from_keystore(keystore, password(f"the keystore {keystore}", PASSWORD_VARIABLE))
    return Chain.connect(
        target,
        account=account,
        state=config.state_dir,
        expected_chain_id=config.chain.chain_id,
        confirmations=config.chain.confirmations,
    )
