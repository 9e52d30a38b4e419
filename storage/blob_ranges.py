"""What part of a blob an HTTP request asks for (RFC 9110 §13 and §14)."""

import re

from darkroom.errors import Invalid
from storage.blob_values import Span, Stat, check_span

_ONE_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


def parse_range(header: str | None, size: int) -> Span | None:
    """Return the one span asked for; None, meaning all, for no range, several, or one not understood.

    Raises Invalid (where="Range", limit=size) when the span begins beyond the end: HTTP's 416.
    """
    match = _ONE_RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    start = int(first)
    stop = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise Invalid(f"the range begins beyond the end at {size}", where="Range", limit=size)
    return Span(start, stop - start)


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise Invalid("the range holds no byte", where="Range", limit=size)
    kept = min(length, size)
    return Span(size - kept, kept)


def is_match(header: str | None, etag: str) -> bool:
    """Tell whether an If-None-Match names this etag; weak tags match, as for GET they should."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return etag in (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))


def choose(stat: Stat, header: str | None, if_range: str | None) -> Span | None:
    """Return the span to serve of this blob, None for all of it; an If-Range must name its very etag.

    Raises Invalid (where="Range") as `parse_range` does.
    """
    if if_range is not None and if_range.strip() != f'"{stat.etag}"':
        return None
    return parse_range(header, stat.size)


def clip(start: int, length: int, size: int) -> Span:
    """Return the part of the span that lies within a blob of this size, perhaps empty.

    Raises Invalid for a negative start or length.
    """
    check_span(start, length)
    start = min(start, size)
    return Span(start, min(length, size - start))
