"""One version of a channel, as tiles are read from it."""

from typing import Protocol

from pipelines.tiles.cells import Cell
from pipelines.tiles.counts import Counts
from pipelines.tiles.fold import Manifest, Shelf
from pipelines.tiles.merge import merge
from pipelines.tiles.values import Bins, Samples, Texts


class Source(Protocol):
    """What a tile is read from."""

    def bounds(self) -> tuple[float, float] | None:
        """Give the times of the first and the last number."""

    def samples(self, cell: Cell) -> Samples:
        """Give the live samples in a cell."""

    def page(self, tier: int, offset: int) -> Bins | None:
        """Give a page, None where there is none; see `pyramid.update_pages` for which there are."""

    def texts(self, cell: Cell) -> Texts:
        """Give the live texts in a cell."""


class Channel:
    """A `Source` made of a manifest and the shelf that it names things on; it reads only what a tile needs."""

    def __init__(self, manifest: Manifest, shelf: Shelf) -> None:
        self._samples = Counts(Samples, manifest.chunks.values(), shelf.chunk)
        self._texts = Counts(Texts, manifest.texts.values(), shelf.texts)
        self._pages = manifest.pages
        self._load_page = shelf.page

    def bounds(self) -> tuple[float, float] | None:
        return self._samples.bounds

    def samples(self, cell: Cell) -> Samples:
        return self._samples.entries(cell)

    def page(self, tier: int, offset: int) -> Bins | None:
        return self._load_page(tier, offset) if (tier, offset) in self._pages else None

    def texts(self, cell: Cell) -> Texts:
        return self._texts.entries(cell)


class WithComments:
    """A channel that also shows the texts of another, as `a` does those of `a._comment`; of two its own win."""

    def __init__(self, channel: Source, comments: Source) -> None:
        self._comments = comments
        self.bounds = channel.bounds
        self.samples = channel.samples
        self.page = channel.page
        self._own = channel.texts

    def texts(self, cell: Cell) -> Texts:
        return merge(self._comments.texts(cell).stamped(0), self._own(cell).stamped(1))
