"""One native proof in a process of its own, as its user runs it after set-up: prints peak memory, MiB.

``python benchmarks/prove_once.py DIRECTORY`` with the files that :func:`write` puts there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    import zkattest as zk


def prove_rss_mb(keys: zk.Keys, model: zk.QuantisedModel, inputs: Any, srs: zk.Srs) -> int:
    """Peak resident memory of a process that loads these from files and proves once, MiB."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        model.save(directory / "model.zkq")
        srs.save(directory / "srs")
        (directory / "key").write_bytes(keys.proving.to_bytes())
        (directory / "vk").write_bytes(keys.verifying.to_bytes())
        np.save(directory / "inputs.npy", inputs)
        command = [sys.executable, __file__, folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.split()[-1])


def _main(directory: Path) -> None:
    import numpy as np
    from timing import peak_rss_mb

    import zkattest as zk
    from zkattest.backends.base import Keys, ProvingKey, VerifyingKey

    warnings.simplefilter("ignore")
    proving = ProvingKey.from_bytes((directory / "key").read_bytes())
    verifying = VerifyingKey.from_bytes((directory / "vk").read_bytes())
    model = zk.QuantisedModel.load(directory / "model.zkq")
    srs = zk.Srs.load(directory / "srs")
    zk.prove(Keys(proving, verifying), model, np.load(directory / "inputs.npy"), srs=srs)
    print(peak_rss_mb())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
