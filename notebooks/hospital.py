# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A hospital proves one diagnosis
#
# A hospital runs a classifier on breast-cancer measurements. An insurer must be convinced that a result came from
# *the model that was validated*, on a record that it may not see. We play both sides.
#
# Everything here runs on your machine, with an embedded chain. The set-up string is a development one: fine to learn
# with, worthless to convince anybody.

# %%
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import zkattest as zk
from zkattest.frontend import fidelity

warnings.simplefilter("ignore")
work = Path(tempfile.mkdtemp())
torch.manual_seed(0);

# %% [markdown]
# ## The hospital trains a model
# 569 patients, 30 measurements each; torch, a few seconds.

# %%
features, labels = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(features, labels, test_size=0.2, random_state=0, stratify=labels)
scaler = StandardScaler().fit(train_x)
train_x, test_x = (scaler.transform(part).astype(np.float32) for part in (train_x, test_x))

network = torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimiser = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=1e-3)
for _ in range(200):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(network(torch.tensor(train_x)), torch.tensor(train_y)).backward()
    optimiser.step()

network.eval()
accuracy = (network(torch.tensor(test_x)).argmax(1).numpy() == test_y).mean()
torch.onnx.export(network, (torch.zeros(1, 30),), str(work / "model.onnx"), dynamo=False, input_names=["x"], output_names=["logits"])
print(f"{accuracy:.1%} of {len(test_y)} held-out patients classified correctly")

# %% [markdown]
# ## To integers
# Proofs are about integers. The report measures how far the integer model is from the float one.

# %%
model = zk.compile(work / "model.onnx", train_x, bits=12)
model

# %%
report = fidelity(model, work / "model.onnx", test_x)
report

# %% [markdown]
# ## Cost, commitment, keys

# %%
zk.estimate(model, profile="gas")

# %%
srs = zk.Srs.development(15)
committed = zk.commit(model, srs, profile="gas")  # a contract will verify proofs of this model
keys = zk.setup(committed, srs)
print("model identity:", committed.commitment.identity.hex())
print("verifying key: ", keys.verifying.digest.hex())

# %% [markdown]
# ## One patient

# %%
patient = test_x[7]
proof, opening = zk.prove(keys, model, patient, srs=srs)
logits = model.dequantise_output(zk.decode_output(proof.statement.output)).reshape(-1)
print("result:", ["malignant", "benign"][int(logits.argmax())], logits)
print(f"{len(proof.payload)} bytes; the input commitment is", proof.statement.input_commitment.hex())

# %% [markdown]
# ## The insurer checks
# With the proof and the verifying key alone; once with the fast verifier, once with the readable one that was written from the
# specification.

# %%
print("verified in this process:", zk.verify(proof, keys.verifying, srs=srs))
print("verified by the reference:", zk.verify_by_reference(proof, keys.verifying))

# %% [markdown]
# ## A cheat
# Somebody turns the answer around: the claimed logits are swapped, the proof stays.

# %%
import dataclasses

swapped = zk.encode_output(zk.decode_output(proof.statement.output)[::-1])
forged = dataclasses.replace(proof, statement=dataclasses.replace(proof.statement, output=swapped))
print("accepted in this process:", zk.verify(forged, keys.verifying, srs=srs))

# %% [markdown]
# ## All patients of a ward at once
# One proof about 16 patients, whose results stay private too: the statement shows commitments only.

# %%
ward = zk.setup(committed, srs, batch=16, output="private")
together, openings = zk.prove(ward, model, test_x[:16], srs=srs)
print(f"{len(together.payload)} bytes for 16 patients:", zk.verify(together, ward.verifying, srs=srs))

# %% [markdown]
# ## On the registry
# One contract verifies the proofs of every model; the chain learns digests and commitments. No weight leaves the hospital.
# A proof for the chain is bound to this chain, this model version and a fresh nonce, so that it counts here and once.

# %%
chain = zk.Chain.embedded()
zk.deploy(chain, srs)
registered = zk.register(chain, committed.commitment, keys.verifying, uri="https://example.org/model-card")
print(f"model {registered.model_id}, version {registered.version}; gas:", registered.gas())

# %%
bound, _ = zk.prove(keys, model, patient, srs=srs, binding=zk.bind(chain, registered.model_id))
print("the same result:", bound.statement.output == proof.statement.output)
verdict = zk.verify_on_chain(chain, bound)
print("the contract", verdict.verifier, "says", verdict.valid, "after block", verdict.block_number)
submitted = zk.submit(chain, bound)
print("recorded as", submitted.attestation_id.hex(), "for", submitted.receipt.gas_used, "gas")
forged = dataclasses.replace(bound, statement=dataclasses.replace(bound.statement, output=swapped))
print("accepted by the contract:", zk.check(chain, forged))

# %% [markdown]
# ## The trail
# What an auditor sees: who did what, when.

# %%
from IPython.display import HTML

from zkattest.reports.audit import audit_html

HTML(audit_html(zk.audit(chain)))

# %% [markdown]
# What this shows: the registered model, on *some* input behind that commitment, gave that answer. What it does not show:
# that the model is good (metrics over committed data sets come later), that the record is the patient's, that the
# labels it was trained on were right. The threat model in the documentation has the whole list.
