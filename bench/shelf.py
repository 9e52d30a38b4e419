"""Stores that hold the test movies: one in a folder, one in an S3 server that is started for it."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.movies import movie
from bench.ways import LINK_SECONDS, Place
from darkroom.settings import Settings
from storage import blobs as stores
from storage.media import blob_key
from workers.movies import Movies

SERVICES = Path(__file__).parent.parent / ".ci" / "services"


class Shelf:
    """A store with movies in it, each with its index beside it, as its probe leaves it."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self.settings = settings
        store = stores.connect(settings)
        store.prepare()
        self.sha256_by_name = {name: _put(store, movie(name)) for name in names}
        movies = Movies(store, settings)
        self.index_by_name = {name: movies.index(sha256) for name, sha256 in self.sha256_by_name.items()}

    def place(self, name: str, through: str = "") -> Place:
        """Return where a movie lies; `through` is the address of a proxy in front of the S3 server."""
        settings = msgspec.structs.replace(self.settings, s3_endpoint=through) if through else self.settings
        store, sha256 = stores.connect(settings), self.sha256_by_name[name]
        path = store.local_path(blob_key(sha256))
        where = str(path) if path else store.url(blob_key(sha256), expires=LINK_SECONDS)
        return Place(where, sha256, settings)


def _put(store: stores.Blobs, path: Path) -> str:
    """Store a file where an upload of it would end, if it is not there; return its digest."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if store.stat(blob_key(sha256)) is None:
        store.put_file(blob_key(sha256), path)
    return sha256


@contextmanager
def in_folder(names: Sequence[str]) -> Iterator[Shelf]:
    """Give a shelf in a new folder."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        yield Shelf(Settings(data_dir=folder), names)


@contextmanager
def in_s3(names: Sequence[str]) -> Iterator[Shelf]:
    """Give a shelf in an S3 server; raises CalledProcessError when none can be had."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, s3_settings(folder) as settings:
        yield Shelf(settings, names)


@contextmanager
def s3_settings(folder: str) -> Iterator[Settings]:
    """Give the settings of the S3 server that the environment names, or of one of our own."""
    if os.environ.get("DARKROOM_TEST_S3_ENDPOINT"):
        yield _settings(folder, dict(os.environ))
        return
    home = Path(folder) / "servers"
    subprocess.run(["bash", SERVICES, "start", home, "s3"], check=True, capture_output=True)
    try:
        words = (home / "env").read_text().replace("export", "").split()
        yield _settings(folder, dict(word.split("=", 1) for word in words))
    finally:
        subprocess.run(["bash", SERVICES, "stop", home], check=True, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


def _settings(folder: str, environ: dict[str, str]) -> Settings:
    return Settings(
        data_dir=folder,
        store="s3",
        s3_endpoint=environ["DARKROOM_TEST_S3_ENDPOINT"],
        s3_access_key=environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        s3_secret_key=environ["DARKROOM_TEST_S3_SECRET_KEY"],
        s3_bucket="darkroom-bench",
    )
