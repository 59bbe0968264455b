"""Write the proofs that Foundry's tests attack: ``python tests/onchain/write_proofs.py``.

The file is the same on every run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "spec"))

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from registered import Registered, Shifted, instance_of, registered
from sumcheck_prover import TAU_2

from zkattest.spec.points import GENERATOR_2, encode_2, multiply
from zkattest.statements import context_digest

FILE = Path(__file__).parents[2] / "verifier_contracts" / "test" / "support" / "SumcheckProofs.sol"

#: Where the proofs hold: forge's chain, and the second contract of this deployer.
CHAIN, DEPLOYER, MODEL, VERSION, NONCE = 31337, "0x" + "de" * 20, 1, 1, keccak(b"nonce")
#: RLP of [deployer, 1].
REGISTRY = to_checksum_address(keccak(b"\xd6\x94" + bytes.fromhex(DEPLOYER[2:]) + b"\x01")[12:])

HEAD = """// SPDX-License-Identifier: Apache-2.0
// Written by tests/onchain/write_proofs.py; change that.
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";

/// @notice A proof, and what a chain knows of the key that it is under.
/// @param record what the key store keeps of the key
/// @param keyDigest keccak256 of the whole key's encoding
struct Proved {
    bytes record;
    bytes32 keyDigest;
    Statement statement;
    bytes proof;
}

/// @title SumcheckProofs
/// @notice Proofs of a small circuit, a product of a 4 x 3 and a 3 x 4 matrix with rescaling and a lookup, by
/// the reference prover: 7 variables in a row, 8 rounds of degree 3 before 3 rounds of degree 4. The string's secret is
/// known: they prove nothing to anybody.
contract SumcheckProofs {
    /// [tau]_2, as in EIP-197, and that of another secret.
    bytes public constant TAU =
        hex"%s";
    bytes public constant OTHER_TAU =
        hex"%s";

    /// Creates the model registry, then the attestation registry that the contexts name.
    address public constant DEPLOYER = %s;
    address public constant REGISTRY = %s;
    bytes32 public constant NONCE = %s;
"""

FUNCTION = """
    /// @notice {notice}
    function {name}() external pure returns (Proved memory) {{
        return Proved({{
            record: hex"{record}",
            keyDigest: 0x{key_digest},
            statement: Statement({{
                modelHash: 0x{model},
                circuitHash: 0x{circuit_hash},
                vkHash: 0x{key},
                inputCommitment: 0x{commitment},
                context: 0x{context},
                output: hex"{output}"
            }}),
            proof: hex"{proof}"
        }});
    }}
"""


def function(name: str, notice: str, made: Registered) -> str:
    statement = made.statement
    return FUNCTION.format(
        name=name,
        notice=notice,
        record=made.record.hex(),
        key_digest=made.key_digest.hex(),
        model=statement.model_hash.hex(),
        circuit_hash=statement.circuit_hash.hex(),
        key=statement.vk_hash.hex(),
        commitment=statement.input_commitment.hex(),
        context=statement.context.hex(),
        output=statement.output.hex(),
        proof=made.proof.hex(),
    )


def in_context(made: Registered, nonce: bytes = NONCE) -> bytes:
    return context_digest(
        chain_id=CHAIN,
        registry=REGISTRY,
        model_id=MODEL,
        version=VERSION,
        model_hash=made.statement.model_hash,
        nonce=nonce,
    )


def text() -> str:
    """The file."""
    plain = registered(instance_of())
    context = in_context(plain)
    head = HEAD % (
        TAU_2.hex(),
        encode_2(multiply(GENERATOR_2, 5)).hex(),
        to_checksum_address(DEPLOYER),
        REGISTRY,
        "0x" + NONCE.hex(),
    )
    functions = (
        function("first", "In the registry's context.", registered(instance_of(), context=context)),
        function("again", "Another proof of the same statement.", again(context)),
        function(
            "falseIdentity",
            "Of the first statement, with another S: the identity of step 9 is false, and the pairing's equation true.",
            registered(instance_of(), context=context, prover=Shifted),
        ),
        function("second", "Other data, in the same context.", registered(instance_of(1), context=context)),
        function("offChain", "In no context.", plain),
        function(
            "otherModel",
            "The same data under the key of another commitment to the same weights.",
            registered(instance_of(model_seed=2), context=context),
        ),
        function(
            "otherCircuit",
            "The same data under the key of a circuit with a functional that no term uses: other bytes of the same meaning.",
            registered(instance_of(unused=1), context=context),
        ),
        function(
            "otherKey",
            "Under a key of the same circuit and rows whose encoding is another.",
            registered(instance_of(), context=context, key_digest=keccak(b"another key")),
        ),
    )
    return head + "".join(functions) + "}\n"


def again(context: bytes) -> Registered:
    """The data rows, and with them the statement, are those of the first proof; the masks are others."""
    return registered(instance_of(), context=context, masks=1)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
