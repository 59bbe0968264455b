"""Compile ``kernels/kernels.cu`` to ``ptx/kernels.ptx``: ``python crates/cuda/build_ptx.py [--check]``.

NVRTC of CUDA 12.4 (``pip install nvidia-cuda-nvrtc-cu12==12.4.127``) makes PTX 8.4, which drivers from 550
on take and compile for their card; the target is compute capability 7.5. The first line of the file names the
digest of the sources, which ``--check`` compares: nobody needs the compiler to see that the two belong
together.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent
PTX = HERE / "ptx" / "kernels.ptx"
OPTIONS = ("--gpu-architecture=compute_75", "--std=c++17", "--fmad=false")


def sources() -> dict[str, bytes]:
    """The files that the module is made of, by name."""
    return {path.name: path.read_bytes() for path in sorted((HERE / "kernels").glob("*.cu*"))}


def source_digest() -> str:
    """SHA-256 of the sources' names, lengths and bytes, hexadecimal."""
    digest = hashlib.sha256()
    for name, text in sources().items():
        digest.update(f"{name} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def library() -> ctypes.CDLL:
    """NVRTC, from the Python package."""
    spec = importlib.util.find_spec("nvidia.cuda_nvrtc")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install nvidia-cuda-nvrtc-cu12==12.4.127")
    return ctypes.CDLL(str(Path(spec.submodule_search_locations[0]) / "lib" / "libnvrtc.so.12"))


def compile_ptx() -> bytes:
    """The module's PTX.

    Raises:
        SystemExit: the compiler's log.
    """
    nvrtc, program = library(), ctypes.c_void_p()
    texts = sources()
    headers = [name for name in texts if name != "kernels.cu"]

    def array(items: list[bytes]) -> ctypes.Array[ctypes.c_char_p]:
        return (ctypes.c_char_p * len(items))(*items)

    nvrtc.nvrtcCreateProgram(
        ctypes.byref(program),
        texts["kernels.cu"],
        b"kernels.cu",
        len(headers),
        array([texts[name] for name in headers]),
        array([name.encode() for name in headers]),
    )
    failed = nvrtc.nvrtcCompileProgram(program, len(OPTIONS), array([option.encode() for option in OPTIONS]))

    def text(kind: str) -> bytes:
        size = ctypes.c_size_t()
        getattr(nvrtc, f"nvrtcGet{kind}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(nvrtc, f"nvrtcGet{kind}")(program, buffer)
        return buffer.value

    if failed:
        raise SystemExit(text("ProgramLog").decode())
    return f"// sources {source_digest()}\n".encode() + text("PTX")


def main() -> int:
    """Compile, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare what is there with the sources")
    if parser.parse_args().check:
        found = PTX.read_bytes().split(b"\n", 1)[0].decode()
        if found != f"// sources {source_digest()}":
            print("ptx/kernels.ptx is of other sources; run crates/cuda/build_ptx.py", file=sys.stderr)
            return 1
        return 0
    PTX.parent.mkdir(exist_ok=True)
    PTX.write_bytes(compile_ptx())
    return 0


if __name__ == "__main__":
    sys.exit(main())
