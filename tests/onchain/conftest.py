"""Makes the reference prover and the worlds of other folders importable from the tests beside this file."""

import sys
from pathlib import Path

for folder in (".", "../spec", "../backends"):
    sys.path.insert(0, str((Path(__file__).parent / folder).resolve()))
