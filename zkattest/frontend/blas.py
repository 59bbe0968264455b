"""One BLAS thread while the executor runs.

Layers of one inference are products of milliseconds. OpenBLAS's threads wait for each other by spinning, so
that on a machine whose cores have other work each product waits for whole time slices: ResNet-18 takes 0.9 s
in place of 0.03 s with two threads on two cores, one of them busy, and 0.04 s with one thread either way.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from threadpoolctl import ThreadpoolController


class SingleThreaded:
    """A context manager for use from any number of threads, also one inside another.

    The number of threads belongs to the process: the first to enter lowers it, the last to leave puts back
    what the first found. Other BLAS work in the process meanwhile has one thread too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._controller: ThreadpoolController | None = None
        self._limiter: Any = None
        self._users = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._controller is None:  # looks through all loaded libraries: once, after numpy's is there
                self._controller = ThreadpoolController()
            if self._users == 0:
                self._limiter = self._controller.limit(limits=1, user_api="blas")
            self._users += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._controller is not None:
                # threadpoolctl lets only the thread that lowered the number raise it; this may be another
                for library in self._controller.lib_controllers:
                    release = getattr(library, "clear_controlling_thread", None)  # of releases that do so
                    if release is not None:
                        release(force=True)
                self._limiter.restore_original_limits()


#: The process's one.
SINGLE_THREADED = SingleThreaded()
