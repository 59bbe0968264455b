"""The report page of an attestation: what it says of hostile documents, and never more than was verified."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from attest_world import BINDING, lookup, make_bundle, make_key, make_proof, recorded
from typer.testing import CliRunner

from zkattest.attest import Bundle, SigningKey, Subject, verify
from zkattest.cli import app
from zkattest.reports.attestation import attestation_html


def _page(bundle: Bundle, signer: SigningKey | None, **options: object) -> str:
    keys = None if signer is None else [signer.public]
    return attestation_html(bundle, verify(bundle, keys=keys, backends=lookup, **options))


def test_an_accepted_document(signer: SigningKey) -> None:
    proof = make_proof(make_key(), binding=BINDING)
    page = _page(make_bundle(signer, proof=proof, anchor=recorded()), signer)
    assert "✓ Verified" in page
    assert "✓ proved" in page
    assert "Set-up string: not compared" in page
    assert proof.statement.input_commitment.hex() in page
    assert str(BINDING.model_id) in page
    assert "– not run" in page  # files, for none were given


def test_a_page_says_no_more_than_was_verified(signer: SigningKey, stranger: SigningKey) -> None:
    bundle = make_bundle(signer)
    for trusted, verdict in ((None, "Not verified completely"), (stranger, "✗ Verification failed")):
        page = _page(bundle, trusted)
        assert verdict in page
        assert "✓ proved" not in page
        assert "Claimed to be proven" in page


def test_a_development_string_is_unsafe_in_large(signer: SigningKey) -> None:
    key = make_key(unsafe=True)
    page = _page(make_bundle(signer, key=key, proof=make_proof(key)), signer, allow_development=True)
    assert "⚠ UNSAFE set-up string" in page
    assert "✓ proved" not in page
    assert "proved, under an UNSAFE string" in page


def test_markup_in_a_name_stays_text(signer: SigningKey) -> None:
    page = _page(make_bundle(signer, files=[Subject.of_bytes("<script>x<.onnx", b"1")]), signer)
    assert "<script" not in page
    assert "&lt;script&gt;x&lt;.onnx" in page


def test_long_outputs_are_cut(signer: SigningKey) -> None:
    key = make_key()
    page = _page(make_bundle(signer, key=key, proof=make_proof(key, output=tuple(range(100)))), signer)
    assert "and 84 more in the document" in page


def test_nothing_is_loaded(signer: SigningKey) -> None:
    page = _page(make_bundle(signer), signer)
    assert not re.search(r"<(script|link|img|iframe|a|object|base)\b|\b(href|src)=|url\(|@import", page)


def test_the_verb_writes_the_page_and_exits_with_the_verdict(tmp_path: Path, signer: SigningKey) -> None:
    document, key = tmp_path / "it's.zkatt.json", tmp_path / "signing.pub"
    make_bundle(signer).save(document)  # its proof system is unknown to the installed verifiers
    signer.public.save(key)
    page = tmp_path / "page.html"
    words = ["report", str(document), "-o", str(page), "--key", str(key)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2, done.output
    text = page.read_text()
    assert "Not verified completely" in text
    assert "sha256sum --check" in text
    assert str(tmp_path) not in text
    shutil.copy(document, tmp_path / "broken.json")
    (tmp_path / "broken.json").write_bytes(document.read_bytes()[:-1])
    with pytest.raises(Exception, match="bundle"):
        CliRunner().invoke(app, ["report", str(tmp_path / "broken.json")], catch_exceptions=False)
