"""Pages of a pyramid: where they stand, which exist, and their bytes."""

from struct import Struct

import numpy as np

from pipelines.errors import BadInput
from pipelines.tiles.cells import Cell, cell_of
from pipelines.tiles.layout import CHUNK_LIMIT
from pipelines.tiles.values import Bins

TIER_STEP = 4  # levels of tiles that one tier serves
PAGE_BITS = 12  # a page has 2**12 bins: the 2**9 of its coarsest tile, 2**3 of them in each
LOWEST_TIER = -20  # bins of a microsecond; of finer tiles the raw samples answer
# Below this number of samples in its span a page would not be cheaper to read than the samples. As a chunk holds no
# more, a span that has a page is a union of whole chunks, so that the manifest knows its count exactly.
RAW_LIMIT = CHUNK_LIMIT

HEAD = Struct("<4shxxqQ")  # magic, tier, offset, bins
MAGIC = b"DkP1"


def page_cell(tier: int, offset: int) -> Cell:
    """Give the times that page `offset` of a tier covers; its bins are of level `tier`."""
    return Cell(tier + PAGE_BITS, offset)


def tier_of(level: int) -> int:
    """Give the tier that serves tiles of this level."""
    return level // TIER_STEP * TIER_STEP


def top_tier(t_min: float, t_max: float) -> int:
    """Give the highest tier of a channel: the first whose pages -1 to 0, or n to n + 1, hold all its samples."""
    tier = LOWEST_TIER
    while cell_of(t_max, tier + PAGE_BITS).offset - cell_of(t_min, tier + PAGE_BITS).offset > 1:
        tier += TIER_STEP
    return tier


def encode_page(bins: Bins, offset: int) -> bytes:
    """Give the bytes of a page, 66 per bin; equal bins give equal bytes."""
    columns = [(bins.bin - (offset << PAGE_BITS)).astype("<u2"), *bins.columns()[1:]]
    head = HEAD.pack(MAGIC, bins.level, offset, len(bins))
    return head + b"".join(column.tobytes() for column in reversed(columns))  # u2 last: the rest stay aligned


def decode_page(data: bytes) -> Bins:
    """Give the bins of a page. Raises BadInput bad_page."""
    if len(data) < HEAD.size or data[:4] != MAGIC:
        raise BadInput("this is not a page of a channel", code="bad_page")
    _, tier, offset, count = HEAD.unpack_from(data)
    if len(data) != HEAD.size + 66 * count:
        raise BadInput("this page of a channel is cut off", code="bad_page")
    last, first, high, low, m2, rise, inside = np.frombuffer(data, np.float64, 7 * count, HEAD.size).reshape(
        7, count
    )
    n = np.frombuffer(data, np.int64, count, HEAD.size + 56 * count)
    place = np.frombuffer(data, "<u2", count, HEAD.size + 64 * count).astype(np.int64)
    return Bins(tier, place + (offset << PAGE_BITS), n, inside, rise, m2, low, high, first, last)
