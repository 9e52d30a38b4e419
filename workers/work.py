"""What crosses between a worker and its child: the work to do, the ticks on the way, and how it ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from msgspec import Struct

from darkroom.jobs import Cause, Failure, Input, Result
from darkroom.params import Params
from darkroom.settings import Settings
from storage import media
from storage.blob_values import Reader
from storage.blobs import Blobs

Tick = Callable[[int, int, str], None]


class Spec(Struct, frozen=True):
    """One attempt, as the child is told of it; `scratch` is its own folder, `prefix` where its results go."""

    kind: str
    params: str
    inputs: list[Input]
    part: int
    parts_total: int
    scratch: str
    prefix: str


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


class Made(Struct, frozen=True):
    """What an actor gives back: small values, and files in its scratch folder with their content types.

    failure: why the work is incomplete, when what was done is kept all the same.
    """

    summary: dict[str, Any]
    files: list[tuple[str, str]] = []
    failure: Failure | None = None


class Work(Struct, frozen=True):
    """What an actor is handed."""

    params: Params
    inputs: dict[str, Input]
    part: int
    scratch: Path
    blobs: Blobs
    settings: Settings
    tick: Tick

    def folder(self) -> Path:
        """Return the attempt's own folder, made on demand; it goes with the attempt."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return self.scratch

    def open(self, role: str) -> AbstractContextManager[Path | Reader]:
        """Return the input as a local path where there is one, else as a reader of ranges. Raises NotFound."""
        key = media.blob_key(self.inputs[role].sha256)
        path = self.blobs.local_path(key)
        return nullcontext(path) if path is not None else self.blobs.open(key)
