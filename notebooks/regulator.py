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
# # Prove accuracy to a regulator
#
# A hospital wants to put a classifier into service. A regulator asks: how often is it right, on whom, and is it as good for one group as for another?
# The hospital may show neither its patients nor its weights. It commits to both, and proves the answers. We play both sides, in two halves that share
# nothing but the files of one folder.
#
# The data are real (569 tumours, scikit-learn's copy of the Wisconsin data set). **The groups are ours**: the data set says nothing of people's age or origin, so
# tumours are grouped by two of their own measurements, below or above the median of the training rows. They stand for the groups that a regulator would name.
#
# The set-up string is a development one: fine to learn with, worthless to convince anybody.

# %%
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import zkattest as zk

warnings.simplefilter("ignore")
torch.manual_seed(0)
work = Path(tempfile.mkdtemp())
hospital, public = work / "hospital", work / "public"
for folder in (hospital, public):
    folder.mkdir();

# %% [markdown]
# # The hospital's side
# ## A model, and rows that it has not seen

# %%
cancer = load_breast_cancer()
training, testing = train_test_split(np.arange(569), test_size=0.2, random_state=0, stratify=cancer.target)
scaler = StandardScaler().fit(cancer.data[training])
rows = scaler.transform(cancer.data).astype(np.float32)
diagnosis = np.array(["malignant", "benign"])[cancer.target]


def halves(measurement, below, above):
    column = cancer.data[:, list(cancer.feature_names).index(measurement)]
    return np.where(column < np.median(column[training]), below, above)


groups = {"nucleus size": halves("mean radius", "small", "large"), "nucleus texture": halves("mean texture", "smooth", "coarse")}

network = torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimiser = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=1e-3)
for _ in range(200):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(network(torch.tensor(rows[training])), torch.tensor(cancer.target[training])).backward()
    optimiser.step()
network.eval()
torch.onnx.export(network, (torch.zeros(1, 30),), str(hospital / "model.onnx"), dynamo=False, input_names=["x"], output_names=["logits"])
print(len(training), "rows to train with,", len(testing), "held out")

# %% [markdown]
# ## Commitments
# To the model, and to both sets of rows with their labels and groups. A commitment hides everything and cannot be changed afterwards; its identity, 32 bytes, is what
# registries and proofs name. Each set carries a proof that it is well-formed: features in range, one diagnosis and one group of each kind in every row.

# %%
srs = zk.Srs.development(15)
model = zk.compile(hospital / "model.onnx", rows[training], bits=12)
committed = zk.commit(model, srs, profile="gas")  # a contract will verify proofs of this model


def commit(name, part, role):
    return zk.data.commit(
        rows[part], srs, hospital / name, like=committed, role=role, clip=True,
        label=diagnosis[part], classes=["malignant", "benign"],
        groups={column: values[part] for column, values in groups.items()},
    )


test, train = commit("test-set", testing, "test"), commit("training-set", training, "train")
test.dataset

# %% [markdown]
# Was the model tested on what it was trained on? That no row of one set is a row of the other can be proved over the two commitments.

# %%
disjoint = zk.data.relate("disjoint", test, train, srs)
disjoint

# %% [markdown]
# ## All metrics, by group, in one proof
# The proof shows a confusion matrix of all rows and of each group, from which every rate follows. It shows nothing of any row.

# %%
metric = zk.Metric("confusion", groups=["nucleus size", "nucleus texture"])
metric_keys = zk.setup_metric(committed, srs, metric, test)
proof = zk.prove_metric(metric_keys, model, test, metric, srs=srs)
print(f"{len(testing)} rows in one proof of {proof.payload_bytes:,} bytes")

# %% [markdown]
# ## Or a bound, and nothing else
# Somebody who need not know the figures gets only that they are good enough: the counts stay hidden behind the proof.

# %%
bound = zk.Metric().at_least("accuracy", 0.9).at_most("equal_opportunity_gap", 0.1, group="nucleus texture", of_class="benign")
bound_keys = zk.setup_metric(committed, srs, bound, test)
bounded = zk.prove_metric(bound_keys, model, test, bound, srs=srs)
print(bound)

# %% [markdown]
# ## A gate on chain
# The hospital registers the model and the data set. The regulator's policy, a small file, says what evidence the gate asks for; the gate is a contract. The proof for the
# chain is bound to it, so that it counts there and for this version.

# %%
chain = zk.Chain.embedded(work / "chain.db")
zk.deploy(chain, srs)
keys = zk.setup(committed, srs)
registered = zk.register(chain, committed.commitment, keys.verifying, uri="https://example.org/model-card")
zk.register_dataset(chain, test.dataset)
anchored = zk.prove_metric(metric_keys, model, test, metric, srs=srs, binding=zk.bind_metric(chain, registered.model_id))
submitted = zk.submit_metric(chain, anchored, metric_keys.verifying, test.dataset)
print(f"counted by the contract for {submitted.gas_used:,} gas")

# %% [markdown]
# ## What leaves the hospital
# Two manifests, three verifying keys, three proofs. Everything else stays where it is.

# %%
test.dataset.save(public / "test.zkd")
train.dataset.save(public / "training.zkd")
disjoint.save(public / "disjoint.zkr")
proof.save(public / "metrics.zkm")
bounded.save(public / "bound.zkm")
for name, made in {"model": keys, "metrics": metric_keys, "bound": bound_keys}.items():
    (public / f"{name}.zkvk").write_bytes(made.verifying.to_bytes())
for file in sorted(public.iterdir()):
    print(f"{file.stat().st_size:>7,} bytes  {file.name}")

# %% [markdown]
# # The regulator's side
# From here on only the folder `public`, the chain, and the set-up string that everybody knows are used.

# %%
del model, committed, test, train, disjoint, metric, proof, bound, bounded, metric_keys, bound_keys, keys, rows, diagnosis, groups
shutil.rmtree(hospital)

from zkattest.backends.base import VerifyingKey
from zkattest.datasets import RelationProof


def key(name):
    return VerifyingKey.from_bytes((public / f"{name}.zkvk").read_bytes())


test, train = (zk.data.DataSet.load(public / f"{name}.zkd") for name in ("test", "training"))
verdict = zk.verify_metric(zk.MetricProof.load(public / "metrics.zkm"), key("metrics"), test, srs=srs)
print("the metrics hold:", verdict.valid)
print("both data sets are well-formed:", test.verify(srs) and train.verify(srs))
print("no row of one is a row of the other:", RelationProof.load(public / "disjoint.zkr").verify(test, train, srs))

# %% [markdown]
# Only a verdict that is yes has values.

# %%
result = verdict.result
print(f"accuracy {result['accuracy']:.3f} over {result.labelled} labelled rows")
for name, values in result.overall.by_class.items():
    print(f"{name:>10}: precision {float(values['precision']):.3f}, recall {float(values['recall']):.3f}, of {values['support']} rows")

# %% [markdown]
# The second verifier was written from the specification in plain Python, and shares no code with the first.

# %%
second = zk.verify_metric(zk.MetricProof.load(public / "metrics.zkm"), key("metrics"), test, srs=srs, readable=True)
print("verified by the reference:", second.valid)

# %% [markdown]
# ## By group
# Every bar is a fraction of two proved counts.

# %%
import matplotlib.pyplot as plt

groups = {column: result.measures.groups[column] for column in ("nucleus size", "nucleus texture")}
rates = {
    "right answers": lambda matrix: (matrix[0][0] + matrix[1][1], sum(map(sum, matrix))),
    "recall of malignant": lambda matrix: (matrix[0][0], sum(matrix[0])),
    "recall of benign": lambda matrix: (matrix[1][1], sum(matrix[1])),
}
figure, axes = plt.subplots(1, 3, figsize=(11, 2.8), sharey=True, layout="constrained")
for axis, (title, counts) in zip(axes, rates.items()):
    for at, (name, part) in enumerate((f"{value} ({column})", part) for column, parts in groups.items() for value, part in parts.items()):
        some, rows_ = counts(part.confusion)
        axis.barh(name, some / rows_, color="#1d5fa6")
        axis.text(0.02, at, f"{some} of {rows_}", va="center", color="white")
    axis.set(title=title, xlim=(0, 1))
axes[0].invert_yaxis()

# %% [markdown]
# Few malignant tumours have small nuclei, and each that is missed weighs much there. The proof shows that as well; one number for the whole set would not. Where so few
# rows say little, a policy can ask for a least number of rows in each group.

# %%
for column in groups:
    gap = result.gap("equal_opportunity[malignant]", column)
    print(f"recall of malignant differs by {float(gap):.3f} between groups of {column}")

# %% [markdown]
# ## The bound alone

# %%
hidden = zk.verify_metric(zk.MetricProof.load(public / "bound.zkm"), key("bound"), test, srs=srs)
print(hidden.valid, "-", "; ".join(map(str, hidden.result.bounds)))
try:
    hidden["accuracy"]
except zk.errors.NotProvedError as error:
    print(error.message)

# %% [markdown]
# ## A cheat
# The same proof, with one wrong answer turned into a right one.

# %%
import dataclasses

honest = zk.MetricProof.load(public / "metrics.zkm")
counts = zk.decode_output(honest.proofs[0].statement.output)
counts[:2] += [1, -1]  # of all malignant tumours, one more is found
statement = dataclasses.replace(honest.proofs[0].statement, output=zk.encode_output(counts))
forged = dataclasses.replace(honest, proofs=(dataclasses.replace(honest.proofs[0], statement=statement),))
refused = zk.verify_metric(forged, key("metrics"), test, srs=srs)
print("accepted:", refused.valid, "-", refused.reason)

# %% [markdown]
# ## The gate
# The regulator approves the data set, after its registration proofs, and sets the policy. `zk.policy.set` compiles the circuit again and compares: a gate itself cannot see what
# a circuit counts.

# %%
(public / "policy.toml").write_text("""
model = "model.zkvk"
development = true        # the string of this notebook convinces nobody, and the gate has to be told

[[clause]]
metric = "accuracy"
at_least = 0.9
min_labelled = 100
data = "test.zkd"
key = "metrics.zkvk"
max_age = "90d"

[[clause]]
metric = "recall"
class = "malignant"
group = "nucleus texture"
at_least = 0.9
data = "test.zkd"
key = "metrics.zkvk"
max_age = "90d"
""")
zk.gate.approve_data(chain, test, srs=srs, allow_unsafe=True)
zk.policy.set(chain, registered.model_id, public / "policy.toml")
zk.gate.validate(chain, registered.model_id)
zk.gate.deploy(chain, registered.model_id, key("model"), srs=srs, allow_unsafe=True)
print("in service:", zk.gate.status(chain, registered.model_id).state)

# %% [markdown]
# Another policy takes the model out of service at once: what was validated under the one before no longer counts. The same bound by the size of nuclei, where malignant
# tumours are few, is judged clause by clause, from the counts that are on chain already.

# %%
strict = (public / "policy.toml").read_text().replace("nucleus texture", "nucleus size")
(public / "strict.toml").write_text(strict)
zk.policy.set(chain, registered.model_id, public / "strict.toml")
zk.gate.status(chain, registered.model_id)

# %% [markdown]
# ## A page for the file
# Self-contained, with what is proven, what is not, who says what, and how to check it: `zkattest report` on the command line.

# %%
from IPython.display import HTML

from zkattest.reports.measured import metric_findings
from zkattest.reports.metric import metric_html
from zkattest.reports.metric_checks import metric_checks

findings = metric_findings(
    honest.metric, test, key("metrics"), result.measures,
    metric_checks(verdict, unsafe=result.srs_unsafe, compared=True, allow_unsafe=True, reference=second),
    compared=True, relations=["No row of it is a row of the training set (proof checked for this page)."], title="Accuracy of a breast-cancer classifier",
)
page = metric_html(findings)
(public / "report.html").write_text(page)
print(f"report.html: {len(page):,} bytes, nothing loaded from elsewhere")

# %% [markdown]
# ## What this does not show
# * **That the labels are right, or the rows genuine.** What was measured is what the hospital committed to. An approver who knows the data, or an auditor with access, has to vouch for it.
# * **That these rows stand for the patients to come**, or that the groups are the ones that matter. Ours are made from measurements.
# * **That only the training set was used for training.** Disjoint means: no row of one committed set is a row of the other. A changed copy of a row is another row.
# * **That the model that answers in practice is this one.** Each answer can be proved, too ([the other notebook](hospital.ipynb)), and a contract can ask the gate first.
# * **Anything under this set-up string**, because whoever made it can prove everything.
#
# What nobody learned: a weight, a measurement, a diagnosis of any one patient. What everybody learned: the counts above.
