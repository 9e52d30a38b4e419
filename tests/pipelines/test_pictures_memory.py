"""A sound picture that finds too little memory: not damaged, and perhaps read at the next attempt."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

READING = """
import resource
import sys
from pathlib import Path

from pipelines.classify.picture import read_picture
from pipelines.errors import BadInput

path = Path(sys.argv[1])
taken = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
limit = int(taken.split()[1]) * 1024 + int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    print(read_picture(path).pixels.shape)
except (BadInput, MemoryError) as error:
    print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A JPEG of 90 MB of pixels."""
    path = tmp_path_factory.mktemp("pictures") / "photo.jpg"
    Image.new("RGB", (6000, 5000), (40, 90, 60)).save(path)
    return path


@pytest.mark.parametrize(("megabytes", "told"), [(60, "MemoryError"), (400, "(5000, 6000, 3)")])
def test_what_finds_too_little_memory_is_not_called_damaged(megabytes, told, photo):
    read = subprocess.run(
        [sys.executable, "-c", READING, photo, str(megabytes)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert read.stdout.strip() == told
