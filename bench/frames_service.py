"""A frame through the whole service, from the request over HTTP to the picture, against one ffmpeg alone."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

import httpx
import msgspec

from bench.movies import MOVIES, mean_fps, movie, number
from bench.rows import ROUNDS, Row, all_of, no_more
from bench.shelf import Shelf
from bench.stack import free_port, started
from bench.ways import Place, ffmpeg, read_jpeg
from darkroom.client import Client
from darkroom.settings import Settings
from storage import engine as engines
from storage import media as media_records
from storage import users
from storage.engine import write
from workers import enqueue

GOAL = 1.0  # of ffmpeg's time, without any service around it
WORKER = ("work", "--queues", "quick,cpu,io", "--slots", "2")


def run(shelf: Shelf, store: str, names: Sequence[str]) -> Iterator[Row]:
    """Ask an idle service for frames, one at a time, over a kept connection."""
    settings = msgspec.structs.replace(
        shelf.settings,
        bind=f"127.0.0.1:{free_port()}",
        log_level="error",
        rate_per_second=1e6,
        rate_burst=1_000_000,
    )
    with started(settings) as (stack, token):
        stack.start("worker", *WORKER)
        stack.wait_ready()
        media = {name: upload(settings, shelf, name) for name in names}
        with Client(settings.url(), token) as client:
            for media_id in media.values():
                client.probed(media_id)
        with httpx.Client(base_url=settings.url(), headers={"Authorization": f"Bearer {token}"}) as http:
            for name in names:
                yield from _Asking(http, media[name], name).rows(store, shelf.place(name))


def upload(settings: Settings, shelf: Shelf, name: str) -> int:
    """Do what the door does once the bytes of an upload have arrived: they lie in the store already."""
    engine = engines.connect(settings.database())
    with write(engine) as db:
        record = media_records.add(
            db,
            users.by_name(db, "bench").id,
            sha256=shelf.sha256_by_name[name],
            size=movie(name).stat().st_size,
            name=f"{name}.mp4",
            content_type="video/mp4",
        )
        enqueue.probe_upload(db, enqueue.connect_bell(settings, engine), settings, record)
    engine.dispose()
    return record.id


class _Asking:
    """Questions about one movie."""

    def __init__(self, http: httpx.Client, media: int, name: str) -> None:
        self.http, self.media, self.name = http, media, name
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.right, self.asked = 0, 0

    def rows(self, store: str, place: Place) -> Iterator[Row]:
        """Ask for frames far from each other, their neighbours, and the same once more."""
        kind, chance = MOVIES[self.name], random.Random(f"{self.name} {store}")
        self.ask("first", 0)
        for frame in chance.sample(range(1, kind.frames - 1), ROUNDS):
            self.ask("one", frame)
            self.ask("neighbour", frame + 1)
            self.ask("again", frame)
            (lap,), _ = ffmpeg(place, [frame], mean_fps(self.name))
            self.seconds["ffmpeg"].append(lap.wall_seconds)
        title = f"{self.name} {store}, service"
        yield self.row(f"{title}: a frame from anywhere", "one", GOAL)
        yield self.row(f"{title}: its neighbour", "neighbour")
        yield self.row(f"{title}: asked again", "again")
        yield self.row(f"{title}: the first that is asked of this movie", "first")
        yield all_of(f"{title}: right frames", self.right, self.asked)

    def row(self, name: str, key: str, goal: float | None = None) -> Row:
        ours, baseline = (1000 * statistics.median(self.seconds[each]) for each in (key, "ffmpeg"))
        return no_more(name, ours, baseline, "ms", goal)

    def ask(self, key: str, frame: int) -> None:
        """Time one request; what it answers is read afterwards."""
        since = time.perf_counter()
        answer = self.http.get(f"/v1/media/{self.media}/frames", params={"frames": frame}, timeout=60.0)
        self.seconds[key].append(time.perf_counter() - since)
        self.asked += 1
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"frame {frame}: {answer.status_code} {answer.text[:300]}")
        self.right += read_jpeg(answer.content) == number(self.name, frame)
