"""The movies that a child has open: their indices and decoders, warm for the next attempt on the same movie."""

import io
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from darkroom.errors import Conflict, NotFound, Unavailable
from darkroom.settings import Settings
from pipelines.errors import BadInput
from pipelines.video.frames import Frames
from pipelines.video.index import INDEX_VERSION, Index, decode_index, encode_index, read_index
from storage import media
from storage.blob_values import Reader
from storage.blobs import Blobs

log = structlog.get_logger()


class _Open(Struct):
    """A movie that is open, and what is to be closed with it."""

    frames: Frames
    closing: ExitStack


class Movies:
    """Opens movies by digest, and keeps the last few open; one attempt at a time uses it."""

    def __init__(self, blobs: Blobs, settings: Settings) -> None:
        self._blobs, self._settings = blobs, settings
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def index(self, sha256: str) -> Index:
        """Return the movie's index: as its probe kept it, else read now and kept.

        Raises NotFound when the movie is gone, BadInput as `read_index`.
        """
        if sha256 in self._open:
            return self._open[sha256].frames.index
        key = media.index_key(sha256, INDEX_VERSION)
        kept = self._blobs.stat(key)
        if kept is not None:
            try:
                return decode_index(self._blobs.read_range(key, 0, kept.size))
            except (NotFound, BadInput) as error:  # swept meanwhile, or damaged: the movie has all of it
                log.warning("cannot use the kept index", sha256=sha256, error=str(error))
        with ExitStack() as closing:
            index = read_index(
                self._source(sha256, closing),
                pixels_limit=self._settings.pixels_limit,
                frames_limit=self._settings.frames_limit,
            )
        self.keep(sha256, index)
        return index

    def keep(self, sha256: str, index: Index) -> None:
        """Put an index beside its movie; the same movie has the same, whoever writes it."""
        self._blobs.put(media.index_key(sha256, INDEX_VERSION), io.BytesIO(encode_index(index)))

    @contextmanager
    def frames(self, sha256: str) -> Iterator[Frames]:
        """Give the movie open for random access; it stays open unless something goes wrong with it.

        Raises NotFound; Unavailable when the store has other bytes now than when it was opened.
        """
        warm = self._open.pop(sha256, None) or self._opened(sha256)
        try:
            yield warm.frames
        except Conflict as error:
            warm.closing.close()
            raise Unavailable(f"the movie changed in the store: {error.message}") from error
        except BaseException:
            warm.closing.close()
            raise
        self._open[sha256] = warm
        while len(self._open) > self._settings.warm_movies:
            self._open.popitem(last=False)[1].closing.close()

    def close(self) -> None:
        """Close all of them."""
        while self._open:
            self._open.popitem()[1].closing.close()

    def _opened(self, sha256: str) -> _Open:
        index = self.index(sha256)
        with ExitStack() as closing:
            source = self._source(sha256, closing)
            frames = closing.enter_context(
                Frames(
                    source,
                    index,
                    pixels_limit=self._settings.pixels_limit,
                    cache_bytes=self._settings.warm_cache_bytes,
                )
            )
            return _Open(frames, closing.pop_all())

    def _source(self, sha256: str, closing: ExitStack) -> Path | Reader:
        key = media.blob_key(sha256)
        path = self._blobs.local_path(key)
        return path if path is not None else closing.enter_context(self._blobs.open(key))
