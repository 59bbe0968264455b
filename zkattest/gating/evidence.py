"""From a proved metric to evidence on chain: register the data set, bind the proof, submit its shards."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from zkattest.chain.metrics import Manifest, MetricUse
from zkattest.errors import DataSetMismatchError, ProofMismatchError
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import Binding

if TYPE_CHECKING:
    from zkattest.backends.base import VerifyingKey
    from zkattest.chain import Chain, RegisteredDataset, SubmittedMetric
    from zkattest.datasets import DataSet
    from zkattest.metrics.proof import MetricProof

__all__ = ["bind_metric", "check_metric", "register_dataset", "submit_metric"]


def register_dataset(
    chain: Chain, dataset: DataSet, *, uri: str = "", licence_digest: bytes = bytes(32)
) -> RegisteredDataset:
    """Put a data set on the chain, with its role, rows and, where that is registered, its parent.

    Arguments:
        uri: where people read about it; public. licence_digest: of the licence's text, 32 bytes.

    Raises:
        RevertedError: ``DatasetAlreadyRegistered`` by another account, ``ParentRevoked``, …
    """
    return chain.register_dataset(
        dataset.identity,
        role=dataset.role,
        rows=dataset.rows,
        parent_id=0 if dataset.parent is None else chain.dataset_id_of(dataset.parent),
        licence_digest=licence_digest,
        uri=uri,
    )


def bind_metric(
    chain: Chain, model_id: int, version: int | None = None, *, nonce: bytes | None = None
) -> Binding:
    """Where the proof of a metric will be counted: this chain's metric registry, for this model version.

    Arguments:
        version: the newest by default.
        nonce: 32 bytes, the same for all shards of one proof; fresh ones by default, so that the metric can
            be proved again later.
    """
    record = chain.get_model(model_id) if version is None else chain.get_version(model_id, version)
    return Binding(
        chain_id=chain.chain_id,
        registry=chain.metrics.address,
        model_id=model_id,
        version=record.version,
        nonce=secrets.token_bytes(32) if nonce is None else nonce,
    )


def check_metric(chain: Chain, proof: MetricProof, dataset: DataSet) -> bool:
    """The chain's verdict on all shards of a proof, without a transaction. The key has to be published.

    Raises:
        See :func:`submit_metric`.
    """
    return chain.metrics.check(_use(chain, proof, dataset), proof.proofs)


def submit_metric(
    chain: Chain,
    proof: MetricProof,
    verifying_key: VerifyingKey,
    dataset: DataSet,
    *,
    progress: Progress = SILENT,
) -> SubmittedMetric:
    """Publish the metric key where the chain lacks it, then have the contract verify and count every shard
    that it has not counted yet. An interrupted call goes on where it was.

    Raises:
        ProofMismatchError: the proof is bound to no chain or another one, or is of another key;
        DataSetMismatchError: of another data set, or one that is not registered. RevertedError: the contract
        refused; ``error.name`` says why.
    """
    if proof.proofs[0].statement.vk_hash != verifying_key.digest:
        raise ProofMismatchError(
            "The proof was made with another metric key.", remedy="Give the verifying key of that metric."
        )
    use = _use(chain, proof, dataset)
    with phase(progress, "publish the metric key"):
        chain.publish_key(verifying_key)
    with phase(progress, "submit the shards"):
        return chain.metrics.submit(use, proof.proofs)


def manifest_of(dataset: DataSet) -> Manifest:
    """What contracts are told of a data set."""
    return Manifest(
        schema_digest=dataset.schema.digest,
        role=dataset.role,
        parent=dataset.parent or bytes(32),
        rows=dataset.rows,
        labelled=dataset.labelled,
        shard_identities=dataset.shard_identities,
        shard_labelled=tuple(shard.labelled for shard in dataset.shards),
    )


def dataset_id(chain: Chain, dataset: DataSet) -> int:
    """The registered data set, or DataSetMismatchError."""
    found = chain.dataset_id_of(dataset.identity)
    if not found:
        raise DataSetMismatchError(
            f"The data set 0x{dataset.identity.hex()} is not registered on this chain.",
            remedy="Register it: zkattest data register.",
        )
    return found


def _use(chain: Chain, proof: MetricProof, dataset: DataSet) -> MetricUse:
    binding = proof.binding
    if binding is None:
        raise ProofMismatchError(
            "The proof of the metric is bound to no chain and cannot be submitted.",
            remedy="Prove again with the binding of a registered model.",
        )
    here, there = (chain.chain_id, chain.metrics.address), (binding.chain_id, binding.registry)
    if here != there:
        raise ProofMismatchError(
            f"The proof is bound to chain {there[0]}, registry {there[1]}; this is chain {here[0]}, metric "
            f"registry {here[1]}.",
            remedy="Submit it there, or prove again with a binding to this chain's metric registry.",
        )
    if proof.dataset != dataset.identity:
        raise DataSetMismatchError(
            "The proof is about another data set.", remedy="Give the data set that the proof names."
        )
    return MetricUse(
        model_id=binding.model_id,
        version=binding.version,
        dataset_id=dataset_id(chain, dataset),
        manifest=manifest_of(dataset),
        scheme="thresholds" if proof.metric.bounds else "counts",
        nonce=binding.nonce,
    )
