"""The work of one job here and now, without ledger, queue or server; by the same actors."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from darkroom.errors import Invalid
from darkroom.facts import MovieFacts
from darkroom.jobs import Input
from darkroom.kinds import read_params
from darkroom.params import ProbeParams
from darkroom.settings import Settings
from storage import blobs as stores
from storage import media
from workers.actors.table import ACTORS
from workers.movies import Movies
from workers.work import Made, Tick, Work


class Alone:
    """One movie of this machine, to be worked on; made by `at_work`."""

    def __init__(self, work: Work, movie: Path) -> None:
        self._work, self._movie = work, movie

    def probe(self) -> dict[str, Any]:
        """Look into the movie. Raises BadInput."""
        return ACTORS["probe"](msgspec.structs.replace(self._work, params=ProbeParams())).summary

    def develop(self, kind: str, raw: dict[str, Any], found: dict[str, Any]) -> Made:
        """Do the work of a kind; files come to lie in the folder. found: what `probe` gave.

        Raises Invalid as the counter does, and rather than lay a file over the movie; BadInput, CannotDecode.
        """
        row, params = read_params(kind, raw)
        row.check(params, {"movie": msgspec.convert(found, MovieFacts)}, self._work.settings)
        out_dir = self._work.folder()
        with TemporaryDirectory(prefix=".unfinished-", dir=out_dir) as folder:
            made = ACTORS[kind](msgspec.structs.replace(self._work, params=params, scratch=Path(folder)))
            self._lay_out(Path(folder), out_dir, [name for name, _ in made.files])
        return made

    def _lay_out(self, folder: Path, out_dir: Path, names: list[str]) -> None:
        for name in names:
            if (out_dir / name).exists() and (out_dir / name).samefile(self._movie):
                raise Invalid(f"{out_dir / name} is the movie itself", hint="name another folder for results")
        for name in names:
            (folder / name).replace(out_dir / name)


@contextmanager
def at_work(movie: Path, out_dir: Path, settings: Settings, tick: Tick) -> Iterator[Alone]:
    """Give a movie to work on, behind a store of its own that holds nothing but a link to it."""
    with TemporaryDirectory(prefix="darkroom-") as folder:
        own = msgspec.structs.replace(settings, data_dir=folder, store="folder")
        blobs = stores.connect(own)
        blobs.prepare()
        name = hashlib.sha256(
            bytes(movie.resolve())
        ).hexdigest()  # stands for the digest, which nobody asks for
        link = Path(folder, "blobs", media.blob_key(name))
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(movie.resolve())
        movies = Movies(blobs, own)
        try:
            inputs = {"movie": Input("movie", 0, name)}
            yield Alone(Work(ProbeParams(), inputs, 0, out_dir, blobs, own, tick, movies), movie)
        finally:
            movies.close()
            blobs.close()
