"""python -m bench [NAME …] [--json FILE]: run benchmarks; exit 1 when a goal is not met."""

import argparse
import importlib
import sys
from pathlib import Path

from bench import rows

BENCHES = ("ledger",)


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
    for name in arguments.names or BENCHES:
        print("name | ours | baseline | ratio | goal | met or short", flush=True)
        measured[name] = []
        for row in importlib.import_module(f"bench.{name}").run():
            measured[name].append(row)
            print(row.line(), flush=True)
        print(rows.conclude(name, measured[name]), flush=True)
    if arguments.json:
        arguments.json.write_bytes(rows.encode(measured))
    return 1 if any(row.met is False for found in measured.values() for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
