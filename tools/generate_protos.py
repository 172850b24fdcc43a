"""Generate the Python stubs of protos/ with the pinned tools of protos-requirements.txt.

python tools/generate_protos.py OUT          write the stubs
python tools/generate_protos.py --check OUT  compare; exit 1 and name the files that differ
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent.parent / "protos"
PACKAGE = Path("dauys/v1")


def generate(out: Path) -> None:
    """Write ``*_pb2.py``, ``*_pb2_grpc.py`` and their ``.pyi`` below ``out``.

    Raises:
        SystemExit: protoc refused the contracts.
    """
    # The plug-ins of mypy-protobuf lie beside the interpreter that runs this.
    scripts = Path(sys.executable).parent
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    arguments = [
        "protoc",
        f"-I{PROTOS}",
        f"-I{files('grpc_tools') / '_proto'}",
        f"--plugin=protoc-gen-mypy={scripts / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={scripts / 'protoc-gen-mypy_grpc'}",
        f"--python_out={out}",
        f"--grpc_python_out={out}",
        f"--mypy_out=quiet:{out}",
        f"--mypy_grpc_out=quiet:{out}",
        *sources,
    ]
    status = protoc.main(arguments)
    if status != 0:
        raise SystemExit(status)


def stubs(root: Path) -> dict[str, Path]:
    """Generated files below ``root`` by name."""
    return {path.name: path for path in (root / PACKAGE).glob("*_pb2*.py*")}


def check(out: Path) -> list[str]:
    """Names of stubs that are missing, stale or left over."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh, present = stubs(Path(folder)), stubs(out)
        differing = fresh.keys() ^ present.keys()
        differing |= {
            name
            for name in fresh.keys() & present.keys()
            if not filecmp.cmp(fresh[name], present[name], shallow=False)
        }
    return sorted(differing)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        differing = check(arguments.out)
        if differing:
            raise SystemExit(f"stubs differ, run `make protos`: {', '.join(differing)}")
        return
    for stale in stubs(arguments.out).values():
        stale.unlink()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        target = arguments.out / PACKAGE
        target.mkdir(parents=True, exist_ok=True)
        for path in stubs(Path(folder)).values():
            shutil.copy(path, target / path.name)


if __name__ == "__main__":
    main()
