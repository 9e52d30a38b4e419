"""Whether a network that somebody brought may be run here: looked into, then tried on a few patches."""

import json
import math
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.classify.manifest import Manifest
from pipelines.classify.network import bad_network
from pipelines.classify.vet_graph import read_graph
from pipelines.errors import BadInput

BYTES_LIMIT = 200 * 2**20
NODES_LIMIT = 20_000
SECONDS_LIMIT = 2.0
_OPENING_SECONDS = 60  # for what is done once: to start, to open the file twice, to fold what is constant
_RUNS = 9  # of a patch in a trial, and some in reserve


@dataclass(frozen=True, slots=True)
class Vetted:
    """What was found of a network that may be run. seconds_per_patch: on one thread of this machine's CPU."""

    input_name: str
    output_name: str
    length: int
    opset: int
    nodes: int
    operators: tuple[str, ...]
    size_bytes: int
    seconds_per_patch: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON."""
        return {**asdict(self), "operators": list(self.operators)}


def vet_network(
    path: Path,
    manifest: Manifest,
    *,
    bytes_limit: int = BYTES_LIMIT,
    nodes_limit: int = NODES_LIMIT,
    seconds_limit: float = SECONDS_LIMIT,
    probabilities: bool = False,
) -> Vetted:
    """Return what a network is, or raise BadInput, bad_network, with why it may not be run.

    seconds_limit: that a patch may take. probabilities: whether each row must be at least 0 and sum to 1.
    It is tried in another process, since what is allocated or computed while a file is opened, and a runtime that aborts,
    can only be held from outside. That process has the limits of memory of this one.
    """
    size_bytes = path.stat().st_size
    if not 0 < size_bytes <= bytes_limit:
        raise bad_network(f"has {size_bytes} bytes, where 1 to {bytes_limit} are read")
    graph = read_graph(path.read_bytes(), nodes_limit)
    seconds_per_patch = _tried_apart(path, manifest, seconds_limit, probabilities=probabilities)
    return Vetted(
        manifest.input_name,
        manifest.output_name,
        manifest.length,
        graph.opset,
        graph.nodes,
        graph.operators,
        size_bytes,
        seconds_per_patch,
    )


def _tried_apart(path: Path, manifest: Manifest, seconds_limit: float, *, probabilities: bool) -> float:
    seconds = _OPENING_SECONDS + _RUNS * seconds_limit
    order = {
        "path": str(path.absolute()),
        "manifest": manifest.as_dict(),
        "seconds_limit": seconds_limit,
        "probabilities": probabilities,
        "cpu_seconds": math.ceil(seconds) + 1,
    }
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pipelines.classify.trial"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise bad_network(f"takes more than {seconds:g} s to be opened and tried") from error
    if ended.returncode < 0:
        raise bad_network("brings down the process that runs it")
    if ended.returncode > 0:
        raise RuntimeError(f"a trial failed: {ended.stderr[-2000:]}")
    return _told(json.loads(ended.stdout))


def _told(answer: dict[str, Any]) -> float:
    if "refused" in answer:
        raise BadInput(answer["refused"], code="bad_network")
    return float(answer["seconds_per_patch"])
