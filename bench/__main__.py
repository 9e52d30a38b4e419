"""python -m bench [NAME …] [--json FILE]: run benchmarks; exit 1 when a goal is not met, 2 when they cannot run."""

import argparse
import importlib
import sys
from pathlib import Path

from bench import rows

BENCHES = ("ledger", "frames", "clip", "rotate", "transcode", "track", "truth", "tiles", "classify", "memory")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHES)}; all by default"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))} (there are {', '.join(BENCHES)})")
    measured: dict[str, list[rows.Row]] = {}
    try:
        for name in arguments.names or BENCHES:
            measured[name] = measure(name)
    except rows.Missing as missing:
        print(f"bench: {missing}", file=sys.stderr)
        return 2
    if arguments.json:
        arguments.json.write_bytes(rows.encode(measured))
    return 1 if any(row.met is False for found in measured.values() for row in found) else 0


def measure(name: str) -> list[rows.Row]:
    """Run one benchmark, and print each row as it comes."""
    measured = []
    print("name | ours | baseline | ratio | goal | met or short", flush=True)
    for row in importlib.import_module(f"bench.{name}").run():
        measured.append(row)
        print(row.line(), flush=True)
    print(rows.conclude(name, measured), flush=True)
    return measured


if __name__ == "__main__":
    sys.exit(main())
