"""A network that finds too little memory: not its fault, and perhaps over at the next attempt."""

import subprocess
import sys
from pathlib import Path

import tests.pipelines.brought_networks as brought

RUNNING = """
import resource
import sys
from pathlib import Path

import numpy as np

from pipelines.classify.manifest import Manifest
from pipelines.classify.network import Network

network = Network(Path(sys.argv[1]), Manifest(name="brought", length=1, patch_px=16, input_px=16), device="cpu")
taken = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
limit = int(taken.split()[1]) * 1024 + 2**26
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    network.run(np.zeros((1, 16, 16, 3), np.uint8))
except MemoryError as error:
    print(error)
"""


def test_a_network_that_finds_too_little_memory_is_not_called_bad(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(brought.expanding(10**8))

    told = subprocess.run(
        [sys.executable, "-c", RUNNING, path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "the network fails when it is run: memory is short"
