from __future__ import annotations

import sys
from pathlib import Path

for folder in (".", "../metrics", "../backends", "../integration"):
    sys.path.insert(0, str((Path(__file__).parent / folder).resolve()))
