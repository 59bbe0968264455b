"""What one model costs on a chain: every figure is of mined transactions on a fresh anvil.

* ``deploy_gas``: registries, store of keys and universal verifier, once for a chain;
* ``register_gas``: one more model: key and registration; with ezkl the contract that verifies its proofs;
* ``verify_gas``: a transaction that verifies a proof and does nothing else, with its 21,000 and its calldata;
* ``attest_gas``: one that verifies it and records the attestation, the first of its model;
* ``calldata_bytes``: of the latter, else of the former.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from anvil import FUNDED_KEY, running_anvil

from zkattest.backends.base import ContractCode
from zkattest.chain import Account, Chain
from zkattest.chain.contracts import Contract
from zkattest.chain.verification import claim_of
from zkattest.errors import ChainError

if TYPE_CHECKING:
    import zkattest as zk

#: Stands for the hashes of a model that was registered before.
_OTHER = bytes([1]) * 32

_HALO2_ABI = (
    {
        "type": "function",
        "name": "verifyProof",
        "inputs": [{"name": "proof", "type": "bytes"}, {"name": "instances", "type": "uint256[]"}],
        "outputs": [{"name": "", "type": "bool"}],
    },
)


def or_refused(measure: Callable[..., dict[str, int]], *arguments: Any) -> dict[str, Any]:
    """The columns; where a chain refuses (more gas than a block has), ``chain`` with the error's name."""
    try:
        return dict(measure(*arguments))
    except ChainError as error:
        return {"chain": type(error).__name__}


def measure_native(committed: zk.CommittedModel, keys: zk.Keys, x: Any, srs: zk.Srs) -> dict[str, int]:
    """Deploy, register, prove for the chain, verify, attest: the columns above.

    Arguments:
        x: in real units, as of ``zk.prove``.
    """
    import zkattest as zk

    with running_anvil() as url:
        chain = Chain.connect(url, account=Account.from_key(FUNDED_KEY), state=None)
        zk.deploy(chain, srs)
        suite = chain.block_number()
        # one more model is what is asked for: the registry's first pays for its counters
        chain.register_model(
            model_hash=_OTHER, circuit_hash=_OTHER, vk_hash=_OTHER, proof_system_id=_OTHER[:4]
        )
        deployed = chain.block_number()
        registered = zk.register(chain, committed.commitment, keys.verifying)
        done = chain.block_number()
        binding = zk.bind(chain, registered.model_id)
        proof, _ = zk.prove(keys, committed.model, x, srs=srs, binding=binding)
        verdict = zk.verify_on_chain(chain, proof)
        call = Contract.load("IVerifier").encode("verify", claim_of(proof), proof.payload)
        verify_gas = _transaction(chain, verdict.verifier, call)
        submitted = zk.submit(chain, proof)
        if not verdict.valid:
            raise SystemExit("the contract rejects the proof")
        return {
            "verify_gas": verify_gas,
            "attest_gas": submitted.receipt.gas_used,
            "register_gas": _gas(chain, deployed, done),
            "deploy_gas": _gas(chain, 0, suite),
            "calldata_bytes": len(chain.web3.eth.get_transaction(submitted.receipt.tx_hash)["input"]),
        }


def measure_metric(keys: zk.Keys, proof: zk.MetricProof, srs: zk.Srs) -> dict[str, int]:
    """Deploy, publish a metric's key, verify the proof of its first shard: ``metric_key_gas`` is of the
    transaction that publishes, ``verify_gas`` and ``calldata_bytes`` of one that verifies a shard's proof and
    does nothing else."""
    import zkattest as zk

    with running_anvil() as url:
        chain = Chain.connect(url, account=Account.from_key(FUNDED_KEY), state=None)
        zk.deploy(chain, srs)
        suite = chain.block_number()
        chain.publish_key(keys.verifying)
        done = chain.block_number()
        shard = proof.proofs[0]
        verdict = chain.verify(shard)
        if not verdict.valid:
            raise SystemExit("the contract rejects the proof")
        call = Contract.load("IVerifier").encode("verify", claim_of(shard), shard.payload)
        return {
            "verify_gas": _transaction(chain, verdict.verifier, call),
            "calldata_bytes": len(call),
            "metric_key_gas": _gas(chain, suite, done),
        }


def measure_halo2(contract: ContractCode, proof: bytes, instances: list[int]) -> dict[str, int]:
    """Deploy the verifier that ezkl generated, and have it verify a proof."""
    with running_anvil() as url:
        chain = Chain.connect(url, account=Account.from_key(FUNDED_KEY), state=None)
        receipt = chain.web3.eth.wait_for_transaction_receipt(
            chain.web3.eth.send_transaction(
                {"from": chain.address, "data": contract.creation_code}  # anvil signs for its own accounts
            )
        )
        call = Contract(contract.name, _HALO2_ABI).encode("verifyProof", proof, instances)
        return {
            "verify_gas": _transaction(chain, receipt["contractAddress"], call),
            "register_gas": int(receipt["gasUsed"]),
            "calldata_bytes": len(call),
        }


def _transaction(chain: Chain, to: str, data: bytes) -> int:
    """Gas of a transaction with ``data``, which must succeed."""
    sent = chain.web3.eth.send_transaction({"from": chain.address, "to": to, "data": data})
    receipt = chain.web3.eth.wait_for_transaction_receipt(sent)
    if receipt["status"] != 1:
        raise SystemExit("the verification reverts")
    return int(receipt["gasUsed"])


def _gas(chain: Chain, first: int, last: int) -> int:
    """Gas of the blocks after ``first`` to ``last``."""
    return sum(int(chain.web3.eth.get_block(number)["gasUsed"]) for number in range(first + 1, last + 1))
