"""Read a tile: 512 bins of a channel, or its samples where they are few."""

from dataclasses import dataclass

from pipelines.errors import BadInput
from pipelines.tiles.bins import bin_samples, coarsen
from pipelines.tiles.breaks import Rows, with_breaks
from pipelines.tiles.cells import Cell, cell_of
from pipelines.tiles.channel import Source
from pipelines.tiles.page import LOWEST_TIER, page_cell, tier_of, top_tier
from pipelines.tiles.remarks import binned_texts, with_texts
from pipelines.tiles.values import Bins, Samples

TILE_BITS = 9
BINS = 1 << TILE_BITS  # one per pixel of the client's tile; so many samples or fewer are shown as they are
LEVEL_LIMIT = (
    63  # beyond it, either way, tiles are empty: bins of less than any clock, or of more than all time
)
OFFSET_LIMIT = 1 << 63


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """The answer for one level and offset; width: seconds of a bin, None where nothing was aggregated."""

    level: int
    offset: int
    width: float | None
    rows: Rows


def read_tile(level: int, offset: int, source: Source) -> Tile:
    """Give a tile: the times from offset * 2**(level + 9) on, in bins of 2**level seconds.

    Of at most BINS samples each is a row; else each bin that holds some is one, at the mean of their times. Texts
    likewise, for themselves. Raises BadInput offset_outside for an offset that does not fit in a signed 64-bit
    integer; a level beyond LEVEL_LIMIT gives an empty tile.
    """
    if not -OFFSET_LIMIT <= offset < OFFSET_LIMIT:
        raise BadInput(f"offset {offset} does not fit in a signed 64-bit integer", code="offset_outside")
    if abs(level) > LEVEL_LIMIT:
        return Tile(level, offset, None, Rows.none())
    window = Cell(level + TILE_BITS, offset)
    found, texts = _numbers(level, window, source), source.texts(window)
    bins, sample_times = (found, None) if isinstance(found, Bins) else (None, found.t)
    rows = Rows.of_bins(found) if isinstance(found, Bins) else Rows.of_samples(found)
    if len(texts) > BINS:
        rows = with_texts(rows, binned_texts(texts, level, bins))
    elif len(texts):
        rows = with_texts(rows, texts)
    width = None if bins is None and len(texts) <= BINS else 2.0**level
    return Tile(level, offset, width, with_breaks(rows, window, level, sample_times))


def read_bins(level: int, offset: int, source: Source) -> Bins:
    """Give the bins of a tile, however few samples they hold.

    Raises BadInput offset_outside where numbers of bins, BINS times as large, would not fit in 64 bits.
    """
    if abs(offset) >= OFFSET_LIMIT // (2 * BINS):
        raise BadInput(f"offset {offset} is too large for bins at level {level}", code="offset_outside")
    if abs(level) > LEVEL_LIMIT:
        return Bins.joined(level, [])
    found = _numbers(level, Cell(level + TILE_BITS, offset), source)
    return found if isinstance(found, Bins) else bin_samples(found, level)


def _numbers(level: int, window: Cell, source: Source) -> Samples | Bins:
    bounds = source.bounds()
    if bounds is None or bounds[1] < window.start or bounds[0] >= window.end:
        return Samples.joined([])
    bins = _from_pages(level, window, source, bounds)
    if bins is not None and bins.n.sum() > BINS:
        return bins
    samples = source.samples(window)
    return bin_samples(samples, level) if len(samples) > BINS else samples


def _from_pages(level: int, window: Cell, source: Source, bounds: tuple[float, float]) -> Bins | None:
    """Give the bins that stored pages answer for, or None where the samples are read as fast."""
    top = top_tier(*bounds)
    tier = min(tier_of(level), top)
    if tier < LOWEST_TIER:
        return None
    page_level = page_cell(tier, 0).level
    if window.level <= page_level:
        page = source.page(tier, window.offset >> (page_level - window.level))
        if page is None:
            return None
        per_window = window.level - tier
        inside = page.between(window.offset << per_window, (window.offset + 1) << per_window)
        return coarsen(inside, level)
    offsets = sorted({cell_of(t, page_level).offset for t in bounds})
    cells = [cell for cell in (page_cell(tier, at) for at in offsets) if window.holds(cell)]
    pages = [source.page(tier, cell.offset) for cell in cells]
    if all(page is None for page in pages):
        return None
    parts = [
        bin_samples(source.samples(cell), tier) if page is None else page
        for cell, page in zip(cells, pages, strict=True)
    ]
    return coarsen(Bins.joined(tier, parts), level)
