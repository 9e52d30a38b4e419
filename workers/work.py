"""What crosses between a worker and its child: the work to do, the ticks on the way, and how it ended."""

import functools
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from darkroom.jobs import Cause, Failure, Input, Output, Result
from darkroom.params import Params
from darkroom.settings import Settings
from pipelines.video.frames import Frames
from pipelines.video.index import Index
from storage import engine as engines
from storage import media
from storage.blob_values import CHUNK, Reader
from storage.blobs import Blobs
from storage.engine import read
from workers.movies import Movies
from workers.networks import Networks

PIECES = "pieces"  # the folder of what was fetched, where no file that an actor makes is in their way
Tick = Callable[[int, int, str], None]


@functools.cache
def _engine(url: str) -> sa.Engine:
    """Return the engine of this process, which most children never need."""
    return engines.connect(url)


class Spec(Struct, frozen=True):
    """One attempt, as the child is told of it; `scratch` is its own folder, `prefix` where its results go.

    is_join: it puts together `pieces`, what the other parts made, in the order of their numbers. owner: whose job it is.
    """

    kind: str
    params: str
    inputs: list[Input]
    part: int
    parts_total: int
    scratch: str
    prefix: str
    is_join: bool = False
    pieces: list[Output] = []
    owner: int = 0


class Ticked(Struct, frozen=True, tag=True):
    done: int
    total: int
    phase: str


class Ended(Struct, frozen=True, tag=True):
    """How the attempt ended, told by the child itself."""

    cause: Cause
    result: Result | None = None
    failure: Failure | None = None
    retry: bool = False
    free: bool = False
    machine: dict[str, Any] = {}
    edition: bytes | None = None


class Made(Struct, frozen=True):
    """What an actor gives back: small values, and files in its scratch folder with their content types.

    failure: why the work is incomplete, when what was done is kept all the same. edition: new versions of channels, which
    the worker publishes in the transaction that ends the attempt.
    """

    summary: dict[str, Any]
    files: list[tuple[str, str]] = []
    failure: Failure | None = None
    edition: bytes | None = None


class Work(Struct, frozen=True):
    """What an actor is handed. is_join: this part puts together `pieces`, what parts 0 to `parts_total - 2` made.

    owner: whose job it is, 0 where nobody has a name: what the params refer to is read by this user's rights alone.
    """

    params: Params
    inputs: dict[str, Input]
    part: int
    scratch: Path
    blobs: Blobs
    settings: Settings
    tick: Tick
    movies: Movies
    networks: Networks
    parts_total: int = 1
    is_join: bool = False
    pieces: list[Output] = []  # in the order of the parts' numbers, each named NNNNN- after its part
    owner: int = 0

    def ledger(self) -> AbstractContextManager[sa.Connection]:
        """Open a view of the ledger, to read from alone: what an actor has to say there, its worker writes for it."""
        return read(_engine(self.settings.database()))

    def folder(self) -> Path:
        """Return the attempt's own folder, made on demand; it goes with the attempt."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return self.scratch

    def open(self, role: str) -> AbstractContextManager[Path | Reader]:
        """Return the input as a local path where there is one, else as a reader of ranges. Raises NotFound."""
        return self.stored(media.blob_key(self.inputs[role].sha256))

    def stored(self, key: str) -> AbstractContextManager[Path | Reader]:
        """Return what the store has there as `open` does an input. Raises NotFound."""
        path = self.blobs.local_path(key)
        return nullcontext(path) if path is not None else self.blobs.open(key)

    def index(self, role: str) -> Index:
        """Return the index of a movie among the inputs. Raises NotFound, BadInput."""
        return self.movies.index(self.inputs[role].sha256)

    def frames(self, role: str) -> AbstractContextManager[Frames]:
        """Return a movie among the inputs open for random access, warm if an attempt before had it. Raises NotFound."""
        return self.movies.frames(self.inputs[role].sha256)

    def fetch(self, piece: Output) -> Path:
        """Return a piece as a file, not to be written to: the store's own where it has one, else a copy in our folder.

        Raises NotFound and Unavailable.
        """
        return self._local(piece.key, piece.name)

    def file(self, role: str) -> Path:
        """Return an input as a file, not to be written to, as `fetch` does. Raises NotFound and Unavailable."""
        return self._local(media.blob_key(self.inputs[role].sha256), role)

    def file_if_given(self, role: str) -> Path | None:
        """Return an optional input as `file` does, None when it was not given."""
        return self.file(role) if role in self.inputs else None

    def blob(self, key: str) -> Path:
        """Return any blob of the store as a file, as `fetch` does; whether it may be read is for the actor to know."""
        return self._local(key, key)

    def _local(self, key: str, name: str) -> Path:
        path = self.blobs.local_path(key)
        if path is not None:
            return path
        copy = self.folder() / PIECES / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with self.blobs.open(key) as source, copy.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK)
        return copy
