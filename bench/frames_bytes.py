"""How many bytes of a far movie each way fetches for its frames, as a proxy counts them."""

import random
from collections.abc import Iterator, Sequence

import numpy as np

from bench.cost import fresh
from bench.movies import MOVIES, mean_fps, movie
from bench.proxy import Counter, counting
from bench.rows import Row, no_more
from bench.shelf import Shelf
from bench.ways import Numbers, ffmpeg, opencv, ours, ours_unindexed, pyav
from pipelines.video.index import Index, encode_index

GOAL = 1.3  # times the GOPs that hold the frames, and the index
KB = 1000


def run(far: Shelf, names: Sequence[str]) -> Iterator[Row]:
    """Take one frame and ten of each movie, each way once: bytes hardly differ from run to run."""
    with counting(far.settings.s3_endpoint) as counter:
        for name in names:
            chance = random.Random(name)
            for count in (1, 10):
                numbers = chance.sample(range(MOVIES[name].frames), count)
                yield from _ways(far, name, numbers, counter)


def _ways(far: Shelf, name: str, numbers: Numbers, counter: Counter) -> Iterator[Row]:
    place, index = far.place(name, counter.url), far.index_by_name[name]
    title, gops = f"{name} s3: bytes of {len(numbers)}", gops_bytes(index, numbers)
    counter.take()
    fresh(ours, place, numbers)
    yield no_more(title, counter.take() / KB, (gops + len(encode_index(index))) / KB, "kB", GOAL)
    fresh(ours_unindexed, place, numbers)
    yield no_more(f"{title}, no index kept", counter.take() / KB, (gops + moov_bytes(name)) / KB, "kB", GOAL)
    ffmpeg(place, numbers, mean_fps(name))
    yield _other(f"{title}, ffmpeg", counter, gops)
    fresh(pyav, place, numbers)
    yield _other(f"{title}, PyAV", counter, gops)
    if len(numbers) == 1:
        fresh(opencv, place, numbers)
        yield _other(f"{title}, download", counter, gops)


def _other(name: str, counter: Counter, gops: int) -> Row:
    fetched = counter.take()
    return Row(name, f"{fetched / KB:.0f} kB", f"{gops / KB:.0f} kB of GOPs", fetched / gops)


def gops_bytes(index: Index, numbers: Numbers) -> int:
    """Count the bytes of all packets in those GOPs that hold the frames."""
    starts = np.append(index.keys, index.packets)
    gops = {int(np.searchsorted(starts, index.order[number], "right")) - 1 for number in numbers}
    return sum(int(index.size[starts[gop] : starts[gop + 1]].sum()) for gop in gops)


def moov_bytes(name: str) -> int:
    """Count the bytes of an MP4's sample tables: of its top-level box `moov`."""
    with movie(name).open("rb") as file:
        while head := file.read(8):
            size, box = int.from_bytes(head[:4], "big"), head[4:]
            if box == b"moov":
                return size
            file.seek(size - 8 if size != 1 else int.from_bytes(file.read(8), "big") - 16, 1)
    return 0
