"""The key that pays: a keystore file under a password, or the embedded chain's development account."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from eth_account import Account as _KeyTool
from eth_account.signers.local import LocalAccount

from zkattest.errors import SigningKeyError
from zkattest.storage import read_file, write_atomic

#: Environment variable that may hold the keystore's password.
PASSWORD_VARIABLE: Final = "ZKATTEST_PASSWORD"  # noqa: S105  # a name, no password


class Account:
    """A signing account. Its text forms show the address only.

    Make one with :meth:`from_keystore`, :meth:`from_key` or :meth:`create_keystore`.
    """

    def __init__(self, signer: LocalAccount) -> None:
        self._signer = signer

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self._signer.address)

    def sign(self, transaction: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Sign ``transaction`` (eth_account's fields); returns the raw bytes and the 32-byte hash."""
        signed = self._signer.sign_transaction(dict(transaction))
        return bytes(signed.raw_transaction), bytes(signed.hash)

    @classmethod
    def from_key(cls, key: bytes) -> Account:
        """The account of a 32-byte private key.

        Raises:
            SigningKeyError: the key is no valid private key; its value is not told.
        """
        try:
            return cls(_KeyTool.from_key(key))
        except Exception:
            raise SigningKeyError(
                "The private key is not 32 bytes between 1 and the group order.",
                remedy="Check where it comes from.",
            ) from None

    @classmethod
    def from_keystore(cls, path: Path, password: str) -> Account:
        """Open an Ethereum keystore file (version 3 JSON, as geth, foundry and wallets write it).

        Raises:
            SigningKeyError: the file is no keystore, or the password is wrong.
            StorageError: the file cannot be read.
        """
        try:
            keystore = {
                name.lower(): part for name, part in json.loads(read_file(path, what="keystore")).items()
            }
            if keystore["version"] != 3 or keystore["crypto"]["cipher"] != "aes-128-ctr":
                raise ValueError
        except (ValueError, AttributeError, TypeError, KeyError):
            raise SigningKeyError(
                f"{path} is no version 3 keystore (AES-128-CTR).", remedy="Give the JSON file of your wallet."
            ) from None
        try:
            account = cls.from_key(bytes(_KeyTool.decrypt(keystore, password)))
        except ValueError:
            raise SigningKeyError(
                f"The keystore {path} does not open with this password.",
                remedy=f"Check {PASSWORD_VARIABLE}, the password file, or type it again.",
            ) from None
        except (KeyError, TypeError, NotImplementedError):
            raise SigningKeyError(
                f"The keystore {path} is damaged.", remedy="Export it again from your wallet."
            ) from None
        stated = str(keystore.get("address") or account.address).lower().removeprefix("0x")
        if stated != account.address.lower().removeprefix("0x"):
            raise SigningKeyError(
                f"The keystore {path} states the address 0x{stated} and holds the key of {account.address}.",
                remedy="Export it again from your wallet.",
            )
        return account

    @classmethod
    def create_keystore(cls, path: Path, password: str) -> Account:
        """Make a new key and write it, encrypted (scrypt), mode 0600. An existing file is never replaced.

        Raises:
            SigningKeyError: the file exists, or the password is empty.
            StorageError: the file cannot be written.
        """
        if path.exists():
            raise SigningKeyError(
                f"{path} exists already.", remedy="Choose another name; a key is never replaced."
            )
        if not password:
            raise SigningKeyError("A keystore needs a password.", remedy="Choose one that is not empty.")
        signer = _KeyTool.create()
        keystore = json.dumps(_KeyTool.encrypt(signer.key, password))
        write_atomic(path, keystore.encode(), secret=True)
        return cls(signer)

    def __repr__(self) -> str:
        return f"Account({self.address})"

    def __reduce__(self) -> str:
        raise SigningKeyError(
            "An account is not pickled.", remedy="Open the keystore again where it is needed."
        )


def find_password(*, file: Path | None = None, prompt: Callable[[], str] | None = None) -> str:
    """The keystore's password: from ``file`` (first line), else :data:`PASSWORD_VARIABLE`, else ``prompt``.

    Raises:
        SigningKeyError: none of them gives one.
        StorageError: the file cannot be read.
    """
    if file is not None:
        lines = read_file(file, what="password file").decode("utf-8", "replace").splitlines()
        if lines and lines[0]:
            return lines[0]
        raise SigningKeyError(
            f"The password file {file} is empty.", remedy="Put the password on its first line."
        )
    found = os.environ.get(PASSWORD_VARIABLE)
    if found:
        return found
    if prompt is not None:
        return prompt()
    raise SigningKeyError(
        "The keystore's password is not known.",
        remedy=f"Set {PASSWORD_VARIABLE}, name a password file, or run in a terminal that can ask.",
    )
