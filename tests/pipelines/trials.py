"""Puts damaged movies through all that reads movies, in a process of its own: `python -m tests.pipelines.trials`.

Prints one line of JSON per trial, before it and after it, so that whoever started it knows which one it did not survive.
"""

import faulthandler
import io
import json
import random
import re
import resource
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import av.logging
import numpy as np

from pipelines.clip import Range, cut
from pipelines.errors import BadInput, CannotDecode
from pipelines.rotate import rotate
from pipelines.stills import thumbnail
from pipelines.transcode import transcode
from pipelines.video import luma_frames, probe
from pipelines.video.frames import Frames
from pipelines.video.index import Index, decode_index, encode_index, read_index
from tests.pipelines.mutations import RECIPES, Mutation

MEMORY_BYTES = 1 << 31  # of a whole batch: no trial needs a twentieth of it
HANG_SECONDS = 60.0  # a trial takes a twentieth of a second, on a machine that does much else a few
FRAMES_LIMIT = 1000
UNKNOWING = {"mjpeg", "hevc", "vp8", "vp9"}  # a part that is missing may be what was in memory before


def main(movies: str, numbers: list[int]) -> None:
    """Run these trials on the movies of a folder."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    av.logging.set_level(None)
    for number in numbers:
        _say(trial=number)
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        _say(trial=number, **_tried(Mutation(number), Path(movies)))
        faulthandler.cancel_dump_traceback_later()


def _say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _tried(mutation: Mutation, movies: Path) -> dict[str, object]:
    """Give how each step ended, and what went wrong that must not."""
    whole = (movies / mutation.movie).with_suffix(RECIPES[mutation.movie].suffix).read_bytes()
    data, damage = mutation.apply(whole)
    ends, wrong = {}, []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"movie{RECIPES[mutation.movie].suffix}"
        path.write_bytes(data)
        for step in [*READING, *WRITING]:
            try:
                ends[step.__name__] = step(path)
            except BadInput as refusal:
                ends[step.__name__] = refusal.code
            except CannotDecode:
                ends[step.__name__] = "cannot_decode"
            except Exception:  # noqa: BLE001, any other error is what is looked for
                wrong.append(f"{step.__name__}: {traceback.format_exc()}")
    return {"damage": damage, "ends": ends, "wrong": wrong, "peak_kb": peak_kb()}


def peak_kb() -> int:
    """Give the largest resident memory of this program; `ru_maxrss` would count that of whoever started it, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # in bytes on macOS
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])


def probed(path: Path) -> str:
    probe(path, frames_limit=FRAMES_LIMIT)
    return "good"


def indexed(path: Path) -> str:
    index = read_index(path, frames_limit=FRAMES_LIMIT)
    assert encode_index(decode_index(encode_index(index))) == encode_index(index)
    assert 0 < index.frames <= FRAMES_LIMIT
    assert 0 <= index.frame_at(index.seconds(index.frames - 1)) < index.frames
    assert index.rate > 0
    return index.access


def pictured(path: Path) -> str:
    """Every order gives each frame or names it as damaged; the same frame is the same where a decoder knows damage."""
    index = read_index(path, frames_limit=FRAMES_LIMIT)
    last = index.frames - 1
    everything = list(range(index.frames))
    shuffled = random.Random(1).sample(everything, min(5, len(everything)))
    first_seen: dict[int, bytes] = {}
    states = []
    for numbers in (everything, [0], [last // 2], [last], shuffled):
        given, damaged = _pictures(path, index, numbers)
        assert sorted([*given, *damaged]) == sorted(set(numbers))
        states.append("damaged" if damaged else "good")
        for number, picture in given.items():
            is_same = first_seen.setdefault(number, picture) == picture
            assert is_same or index.codec in UNKNOWING, f"frame {number} comes in two ways"
    return states[0]


def _pictures(path: Path, index: Index, numbers: list[int]) -> tuple[dict[int, bytes], list[int]]:
    damaged: list[int] = []
    with Frames(path, index) as frames:
        given = {p.number: np.ascontiguousarray(p.bgr()).tobytes() for p in frames.pictures(numbers, damaged)}
    return given, damaged


def sequenced(path: Path) -> str:
    for _ in luma_frames(io.BytesIO(path.read_bytes())):
        pass
    return "good"


def thumbnailed(path: Path) -> str:
    thumbnail(path, path.parent, width=32)
    return "good"


def copied(path: Path) -> str:
    (clip,) = cut(path, path.parent, [Range(4, 10)], mode="copy", frames_limit=FRAMES_LIMIT).clips
    return clip.mode


def smartly_cut(path: Path) -> str:
    (clip,) = cut(path, path.parent, [Range(4, 10)], mode="smart", frames_limit=FRAMES_LIMIT).clips
    return clip.mode


def turned(path: Path) -> str:
    return rotate(path, path.parent, rotation=90, frames_limit=FRAMES_LIMIT).method


def transcoded(path: Path) -> str:
    transcode(path, path.parent, frames_limit=FRAMES_LIMIT)
    return "good"


READING: list[Callable[[Path], str]] = [probed, indexed, pictured, sequenced, thumbnailed]
WRITING: list[Callable[[Path], str]] = [copied, smartly_cut, turned, transcoded]

if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2].split(",")])
