"""The work of one job here and now, without ledger, queue or server; by the same actors."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.jobs import Input
from darkroom.kinds import read_params
from darkroom.params import ProbeParams
from darkroom.settings import Settings
from storage import blobs as stores
from storage import media
from workers.actors.table import ACTORS
from workers.movies import Movies
from workers.named import IMAGES
from workers.networks import Networks
from workers.work import Made, Tick, Work


class Alone:
    """Files of this machine, to be worked on; made by `at_work`."""

    def __init__(self, work: Work, files: Mapping[str, Path]) -> None:
        self._work, self._files = work, files

    def probe(self) -> dict[str, Any]:
        """Look into the movie. Raises BadInput."""
        return ACTORS["probe"](msgspec.structs.replace(self._work, params=ProbeParams())).summary

    def develop(self, kind: str, raw: dict[str, Any], found: dict[str, Any]) -> Made:
        """Do the work of a kind; files come to lie in the folder. found: what `probe` gave, empty where there is no movie.

        Raises Invalid as the counter does, and rather than lay a file over an input; BadInput, CannotDecode.
        """
        row, params = read_params(kind, raw)
        facts: Facts = {"movie": msgspec.convert(found, MovieFacts)} if row.needs_probe and found else {}
        row.check(params, facts, self._work.settings)
        out_dir = self._work.folder()
        with TemporaryDirectory(prefix=".unfinished-", dir=out_dir) as folder:
            made = ACTORS[kind](msgspec.structs.replace(self._work, params=params, scratch=Path(folder)))
            self._lay_out(Path(folder), out_dir, [name for name, _ in made.files])
        return made

    def _lay_out(self, folder: Path, out_dir: Path, names: list[str]) -> None:
        taken = [out_dir / name for name in names if (out_dir / name).exists()]
        for role, path in self._files.items():
            if any(there.samefile(path) for there in taken):
                raise Invalid(
                    f"{out_dir / path.name} is the {role} itself", hint="name another folder for results"
                )
        for name in names:
            (folder / name).replace(out_dir / name)


@contextmanager
def at_work(files: Mapping[str, Path], out_dir: Path, settings: Settings, tick: Tick) -> Iterator[Alone]:
    """Give files by role to work on, behind a store of its own that holds nothing but links to them."""
    with TemporaryDirectory(prefix="darkroom-") as folder:
        own = msgspec.structs.replace(settings, data_dir=folder, store="folder")
        blobs = stores.connect(own)
        blobs.prepare()
        inputs = {role: _linked(role, path, Path(folder, "blobs")) for role, path in files.items()}
        movies, networks = Movies(blobs, own), Networks(own)
        try:
            yield Alone(Work(ProbeParams(), inputs, 0, out_dir, blobs, own, tick, movies, networks), files)
        finally:
            movies.close()
            networks.close()
            blobs.close()


def _linked(role: str, path: Path, root: Path) -> Input:
    """Put a link where the store keeps media.

    The digest of the path stands for that of the bytes, which nobody asks for but of pictures: a movie may be long.
    """
    is_picture = role.startswith(f"{IMAGES}/")
    name = hashlib.sha256(path.read_bytes() if is_picture else bytes(path.resolve())).hexdigest()
    link = root / media.blob_key(name)
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():  # the same file may have two roles
        link.symlink_to(path.resolve())
    return Input(role, 0, name)
