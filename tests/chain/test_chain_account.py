"""Keystores open with their password only, and no key or password is ever told."""

from __future__ import annotations

import json
import logging
import pickle
import stat
from pathlib import Path

import pytest
from chain_world import DisturbedProvider, chain_on, execute, funded_account, increment, make_counter

from zkattest.chain import PASSWORD_VARIABLE, Account, Chain, find_password
from zkattest.errors import SigningKeyError, StorageError, ZkattestError

#: The PBKDF2 test vector of the Web3 Secret Storage Definition (Ethereum documentation).
VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


@pytest.fixture
def vector(tmp_path: Path) -> Path:
    path = tmp_path / "vector.json"
    path.write_text(json.dumps(VECTOR))
    return path


def test_the_published_keystore_opens(vector: Path) -> None:
    assert (
        Account.from_keystore(vector, "testpassword").address
        == Account.from_key(bytes.fromhex(SECRET)).address
    )


def test_a_wrong_password_is_refused_without_telling_it(vector: Path) -> None:
    with pytest.raises(SigningKeyError, match="does not open") as caught:
        Account.from_keystore(vector, "hunter2-not-it")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"version": 3}',
        '{"version": 1, "crypto": {}}',
        "\x00\x01",
        '{"version": 3, "crypto": {}}',
    ],
)
def test_other_files_are_no_keystore(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(SigningKeyError):
        Account.from_keystore(path, "password")
    with pytest.raises(StorageError):
        Account.from_keystore(tmp_path / "absent.json", "password")


@pytest.mark.parametrize("damage", ["cipher", "mac", "ciphertext", "kdfparams", "address"])
def test_a_damaged_keystore_is_refused(tmp_path: Path, damage: str) -> None:
    broken = json.loads(json.dumps(VECTOR))
    if damage == "kdfparams":
        del broken["crypto"]["kdfparams"]["salt"]
    elif damage == "address":
        broken["address"] = "11" * 20
    elif damage == "cipher":
        broken["crypto"]["cipher"] = "rot13"
    else:
        broken["crypto"][damage] = "00" * 32
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    with pytest.raises(SigningKeyError) as caught:
        Account.from_keystore(path, "testpassword")
    assert SECRET not in str(caught.value)


def test_a_new_keystore_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "operator.json"
    account = Account.create_keystore(path, "correct horse")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Account.from_keystore(path, "correct horse").address == account.address
    with pytest.raises(SigningKeyError, match="exists"):
        Account.create_keystore(path, "another")
    with pytest.raises(SigningKeyError, match="needs a password"):
        Account.create_keystore(tmp_path / "other.json", "")


@pytest.mark.parametrize("key", [b"", b"\x00" * 32, b"\xff" * 32, b"\x01" * 31])
def test_invalid_keys_are_refused_without_telling_them(key: bytes) -> None:
    with pytest.raises(SigningKeyError) as caught:
        Account.from_key(key)
    assert caught.value.__suppress_context__
    assert not key or key.hex() not in str(caught.value)


def test_an_account_shows_its_address_only() -> None:
    account = Account.from_key(bytes.fromhex(SECRET))
    for text in (repr(account), str(account), f"{account}", repr([account])):
        assert account.address in text
        assert SECRET[:16] not in text
    with pytest.raises(SigningKeyError):
        pickle.dumps(account)


def test_the_password_comes_from_file_environment_or_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    file = tmp_path / "password"
    file.write_text("from the file\nsecond line\n")
    assert find_password(file=file) == "from the file"
    assert find_password(prompt=lambda: "typed") == "typed"
    monkeypatch.setenv(PASSWORD_VARIABLE, "from the environment")
    assert find_password(prompt=lambda: "typed") == "from the environment"
    monkeypatch.delenv(PASSWORD_VARIABLE)
    with pytest.raises(SigningKeyError, match=PASSWORD_VARIABLE):
        find_password()
    file.write_text("\n")
    with pytest.raises(SigningKeyError, match="empty"):
        find_password(file=file)


def test_keys_are_in_no_other_file_log_or_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, provider: DisturbedProvider
) -> None:
    """The development key is in the chain file alone; an operator's key is in no file at all."""
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "embedded"
    with Chain.embedded(folder / "chain.db") as chain:
        chain.deploy()
        development = chain._provider.node.development_key()
    stranger = funded_account(provider.node)
    operator_key = bytes(stranger._signer.key)
    client = chain_on(provider, tmp_path / "state", account=stranger)
    counter = make_counter(client)
    provider.holding = True
    messages = []
    try:
        execute(client, increment(counter))
    except ZkattestError as error:
        messages.append(repr(error) + str(error) + repr(error.__dict__))
    assert messages
    provider.pool.clear()
    provider.holding = False
    execute(client, increment(counter))
    texts = [*messages, repr(client.__dict__), repr(client._session.__dict__), caplog.text]
    for key, home in ((development, folder / "chain.db"), (operator_key, None)):
        spellings = (
            key,
            key.hex().encode(),
            key.hex().upper().encode(),
            str(int.from_bytes(key, "big")).encode(),
        )
        for path in (path for path in tmp_path.rglob("*") if path.is_file()):
            found = any(spelling in path.read_bytes() for spelling in spellings)
            assert found == (path == home), path
        for text in texts:
            assert not any(spelling in text.encode() for spelling in spellings)
