"""Frames out of ten-minute movies: ours against a process per frame, a download, and PyAV on the URL."""

import random
import statistics
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from bench import exact, frames_bytes, frames_service, shelf
from bench.cost import Lap, fresh, need, together
from bench.movies import MOVIES, mean_fps, number
from bench.rows import ROUNDS, Row, all_of, faster, no_more
from bench.shelf import Shelf
from bench.ways import Numbers, Place, ffmpeg, opencv, ours, ours_unindexed, pyav

TIMED = ("gop30", "gop250", "vfr", "hevc")
FEW_ROUNDS = 2  # of the ways that take longest, and have no goal
NEIGHBOURS = (
    4  # asked for one after another, behind each single frame: a GOP's kinds of pictures all have their turn
)
MANY = 100  # neighbouring frames; the process per frame is timed on every twentieth
MANY_STEP = 20
SERVED = MANY_OF = ("gop30", "gop250")
ONE_CPU, ONE_WALL, NEIGHBOUR, MANY_GOAL = 0.6, 0.65, 0.05, 8.0
TEN_GOALS = {"gop30": 3.5, "gop250": 2.5}


def run() -> Iterator[Row]:
    """Measure, row by row."""
    need("ffmpeg", "ffmpeg")
    with shelf.in_folder(TIMED) as folder:
        for name in TIMED:
            yield from Timing("folder", name, folder.place(name)).rows()
        yield from frames_service.run(folder, "folder", SERVED)
    try:
        with shelf.in_s3(TIMED) as far:
            yield from in_s3(far)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        yield Row("s3: no server can be had, so no goal there is met", str(said), goal="a server", met=False)
    yield from exact.run()


def in_s3(far: Shelf) -> Iterator[Row]:
    for name in TIMED:
        yield from Timing("s3", name, far.place(name)).rows()
    yield from frames_bytes.run(far, TIMED)
    yield from frames_service.run(far, "s3", SERVED)


class Timing:
    """Rounds on one movie in one store; the ways take turns within a round, on the same frames."""

    def __init__(self, store: str, name: str, place: Place) -> None:
        self.title = f"{name} {store}"
        self.name, self.place = name, place
        self.kind = MOVIES[name]
        self.laps: dict[str, list[Lap]] = defaultdict(list)
        self.right: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def rows(self) -> Iterator[Row]:
        """Run all rounds, then tell."""
        chance = random.Random(self.title)
        for turn in range(ROUNDS):
            self._round(turn, chance)
        yield from self._one()
        yield from self._ten()
        if self.name in MANY_OF:
            yield faster(
                f"{self.title}: {MANY} neighbours", self._wall("many"), self._wall("many ffmpeg"), MANY_GOAL
            )
        yield all_of(f"{self.title}: right frames", self.right["ours"], self.asked["ours"])
        for way in ("ffmpeg", "OpenCV", "PyAV"):
            yield Row(f"{self.title}: right frames of {way}", f"{self.right[way]} of {self.asked[way]}")

    def _round(self, turn: int, chance: random.Random) -> None:
        one = [chance.randrange(self.kind.frames - NEIGHBOURS)]
        ten = chance.sample(range(self.kind.frames), 10)
        neighbours = [[one[0] + step] for step in range(1, 1 + NEIGHBOURS)]
        self._ours(("one", *["neighbour"] * NEIGHBOURS), one, *neighbours)
        self._peer("one unindexed", "ours", ours_unindexed, one)
        self._ffmpeg("one ffmpeg", one)
        self._ours(("ten", "ten again"), ten, ten)
        self._ffmpeg("ten ffmpeg", ten)
        if turn < FEW_ROUNDS:
            for numbers, count in ((one, "one"), (ten, "ten")):
                self._peer(f"{count} OpenCV", "OpenCV", opencv, numbers)
                self._peer(f"{count} PyAV", "PyAV", pyav, numbers)
            if self.name in MANY_OF:
                self._many(chance.randrange(self.kind.frames - MANY))

    def _many(self, first: int) -> None:
        numbers = list(range(first, first + MANY))
        self._ours(("many",), numbers)
        self._ffmpeg("many ffmpeg", numbers[::MANY_STEP], MANY_STEP)

    def _ours(self, keys: Sequence[str], *turns: Numbers) -> None:
        outcome = fresh(ours, self.place, *turns)
        for key, lap, numbers, seen in zip(keys, outcome.laps, turns, outcome.answer, strict=True):
            self._note(key, "ours", lap, numbers, seen)

    def _peer(self, key: str, way: str, work: Callable[..., list[Numbers]], numbers: Numbers) -> None:
        outcome = fresh(work, self.place, numbers)
        self._note(key, way, outcome.laps[0], numbers, outcome.answer[0])

    def _ffmpeg(self, key: str, numbers: Numbers, times: int = 1) -> None:
        laps, seen = ffmpeg(self.place, numbers, mean_fps(self.name))
        self._note(key, "ffmpeg", together(laps * times), numbers, seen)

    def _note(self, key: str, way: str, lap: Lap, numbers: Numbers, seen: Numbers) -> None:
        self.laps[key].append(lap)
        self.right[way] += sum(number(self.name, n) == got for n, got in zip(numbers, seen, strict=True))
        self.asked[way] += len(numbers)

    def _one(self) -> Iterator[Row]:
        title, ffmpeg_wall = f"{self.title}: one frame", self._wall("one ffmpeg")
        ms, cpu = 1000 * ffmpeg_wall, 1000 * self._cpu("one ffmpeg")
        yield no_more(f"{title} cold, wall", 1000 * self._wall("one"), ms, "ms", ONE_WALL)
        yield no_more(f"{title} cold, CPU", 1000 * self._cpu("one"), cpu, "ms", ONE_CPU)
        yield no_more(f"{title} cold, no index kept, wall", 1000 * self._wall("one unindexed"), ms, "ms")
        yield no_more(f"{title} cold, no index kept, CPU", 1000 * self._cpu("one unindexed"), cpu, "ms")
        yield no_more(f"{title} warm, the neighbour", 1000 * self._wall("neighbour"), ms, "ms", NEIGHBOUR)
        yield from self._others(title, "one")

    def _ten(self) -> Iterator[Row]:
        title, ours_wall, ffmpeg_wall = (
            f"{self.title}: ten frames",
            self._wall("ten"),
            self._wall("ten ffmpeg"),
        )
        yield faster(f"{title} cold", ours_wall, ffmpeg_wall, TEN_GOALS.get(self.name))
        yield no_more(f"{title} cold, CPU", 1000 * self._cpu("ten"), 1000 * self._cpu("ten ffmpeg"), "ms")
        yield faster(f"{title} warm, the same again", self._wall("ten again"), ffmpeg_wall)
        yield from self._others(title, "ten")

    def _others(self, title: str, count: str) -> Iterator[Row]:
        for way in ("OpenCV", "PyAV"):
            told = f"{'download and ' if way == 'OpenCV' and self.place.is_far else ''}{way}"
            name = f"{title} cold, against {told} ({FEW_ROUNDS} rounds)"
            yield faster(name, self._wall(count), self._wall(f"{count} {way}"))

    def _wall(self, key: str) -> float:
        return statistics.median(lap.wall_seconds for lap in self.laps[key])

    def _cpu(self, key: str) -> float:
        return statistics.median(lap.cpu_seconds for lap in self.laps[key])
