"""The chain client: an embedded development chain, anvil, or any EVM node by URL.

>>> from zkattest.chain import Chain
>>> with Chain.embedded() as chain:
...     deployment = chain.deploy()
...     sorted(deployment.contracts)[:4]
['AttestationRegistry', 'DatasetRegistry', 'DeploymentGate', 'MetricRegistry']
"""

from zkattest.chain.account import PASSWORD_VARIABLE, Account, find_password
from zkattest.chain.attestations import AttestationRecord, Submitted
from zkattest.chain.audit import AuditEvent
from zkattest.chain.client import Chain
from zkattest.chain.datasets import DatasetRecord, RegisteredDataset
from zkattest.chain.deployment import DeployedContract, DeployedVerifier, Deployment
from zkattest.chain.gate import GateClause, PolicyRecord, Validation
from zkattest.chain.key_store import PublishedKey
from zkattest.chain.metrics import EvidenceRecord, Manifest, MetricUse, SubmittedMetric
from zkattest.chain.models import ModelKeys, ModelRecord, Registered
from zkattest.chain.node import Receipt
from zkattest.chain.rpc import RetryPolicy
from zkattest.chain.transaction import Patience
from zkattest.chain.verification import ChainVerdict

__all__ = [
    "PASSWORD_VARIABLE",
    "Account",
    "AttestationRecord",
    "AuditEvent",
    "Chain",
    "ChainVerdict",
    "DatasetRecord",
    "DeployedContract",
    "DeployedVerifier",
    "Deployment",
    "EvidenceRecord",
    "GateClause",
    "Manifest",
    "MetricUse",
    "ModelKeys",
    "ModelRecord",
    "Patience",
    "PolicyRecord",
    "PublishedKey",
    "Receipt",
    "Registered",
    "RegisteredDataset",
    "RetryPolicy",
    "Submitted",
    "SubmittedMetric",
    "Validation",
    "find_password",
]
