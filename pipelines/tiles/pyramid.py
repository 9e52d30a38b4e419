"""Pages of a channel, brought up to date with what changed: the same bytes as if built at once from its samples."""

from collections.abc import Callable, Collection

from pipelines.tiles.bins import bin_samples, coarsen
from pipelines.tiles.cells import Cell, cell_of, span
from pipelines.tiles.counts import Counts
from pipelines.tiles.page import LOWEST_TIER, PAGE_BITS, RAW_LIMIT, TIER_STEP, page_cell, top_tier
from pipelines.tiles.values import Bins, Floats, Samples

Page = tuple[int, int]  # tier, offset


def update_pages(
    counts: Counts[Samples],
    changed: Floats,
    pages: Collection[Page],
    load: Callable[[int, int], Bins],
) -> dict[Page, Bins | None]:
    """Give the pages that change: their bins, or None for those that are no more.

    counts: the channel as it is now. changed: rising times whose sample came, went or has another value. pages:
    those that there were, and load(tier, offset) reads one. A page exists where its span holds more than RAW_LIMIT
    samples, up to `top_tier`. A bin is merged from the page below where that exists, else computed from the samples.
    """
    if counts.bounds is None:
        return dict.fromkeys(sorted(pages))
    update = _Update(counts, changed, frozenset(pages), load)
    tier = top_tier(*counts.bounds)
    for offset in sorted({cell_of(t, page_cell(tier, 0).level).offset for t in counts.bounds}):
        update.visit(tier, offset)
    return update.changes(tier)


class _Update:
    """A walk down the pages, along the times that changed."""

    def __init__(
        self,
        counts: Counts[Samples],
        changed: Floats,
        pages: frozenset[Page],
        load: Callable[[int, int], Bins],
    ) -> None:
        self._counts = counts
        self._changed = changed
        self._pages = pages
        self._load = load
        self._made: dict[Page, Bins] = {}

    def visit(self, tier: int, offset: int) -> Bins | None:
        """Give the bins of a page as they are now; None where there is none."""
        if self._is_small((tier, offset)):
            return None
        old = self._load(tier, offset) if (tier, offset) in self._pages else None
        if old is not None and not self._touched(page_cell(tier, offset)):
            return old
        first = offset << TIER_STEP
        below = range(first, first + (1 << TIER_STEP))
        parts = [self._part(tier, child) for child in below] if old is None else self._renewed(old, below)
        bins = Bins.joined(tier, parts)
        self._made[tier, offset] = bins
        return bins

    def changes(self, top: int) -> dict[Page, Bins | None]:
        """Give what was made, and what was there and is not called for any more."""
        gone = {page for page in self._pages if page[0] > top or self._is_small(page)}
        return {**dict.fromkeys(sorted(gone)), **self._made}

    def _renewed(self, old: Bins, below: range) -> list[Bins]:
        """Give the bins of a page, those alone computed anew that lie where something changed."""
        per_child = PAGE_BITS - TIER_STEP
        parts, done = [], below.start
        for child in below:
            if self._touched(page_cell(old.level - TIER_STEP, child)):
                parts.append(old.between(done << per_child, child << per_child))
                parts.append(self._part(old.level, child))
                done = child + 1
        return [*parts, old.between(done << per_child, below.stop << per_child)]

    def _part(self, tier: int, child: int) -> Bins:
        """Give the bins that lie in one page of the tier below."""
        cell = page_cell(tier - TIER_STEP, child)
        below = self.visit(tier - TIER_STEP, child) if tier > LOWEST_TIER else None
        return bin_samples(self._counts.entries(cell), tier) if below is None else coarsen(below, tier)

    def _touched(self, cell: Cell) -> bool:
        where = span(self._changed, cell)
        return bool(where.stop > where.start)

    def _is_small(self, page: Page) -> bool:
        return self._counts.within(page_cell(*page)) <= RAW_LIMIT
