"""What an HTTP request asks of a blob, and how a far blob is read."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.errors import Invalid
from storage.blob_ranges import clip, is_match, parse_range
from storage.blob_reader import BLOCK, KEPT, READ_AHEAD, REQUEST, RangeReader
from storage.blob_values import Span

CONTENT = bytes(range(251)) * 125_000  # 31 MB, no two blocks alike


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 10)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=9-", Span(9, 1)),
        ("bytes=2-4", Span(2, 3)),
        ("bytes= 2 - 4", Span(2, 3)),
        ("bytes=2-400", Span(2, 8)),
        ("bytes=-3", Span(7, 3)),
        ("bytes=-300", Span(0, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=²-3", None),
        ("", None),
    ],
)
def test_a_range_header_is_read_or_ignored(header, span):
    assert parse_range(header, 10) == span


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)])  # fmt: skip
def test_a_range_without_a_byte_is_refused(header, size):
    with pytest.raises(Invalid) as refusal:
        parse_range(header, size)

    assert (refusal.value.where, refusal.value.limit) == ("Range", size)


@given(header=st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True), size=st.integers(0, 300))
def test_a_span_lies_within_the_blob(header, size):
    try:
        span = parse_range(header, size)
    except Invalid:
        return

    assert span is None or (span.length >= 1 and span.start >= 0 and span.start + span.length <= size)


@pytest.mark.parametrize(
    ("header", "is_known"),
    [
        (None, False),
        ("*", True),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"b"', False),
        ("", False),
    ],
)
def test_a_known_etag_is_recognised(header, is_known):
    assert is_match(header, "a") == is_known


def test_a_range_may_reach_beyond_the_end():
    assert clip(3, 9, 5) == Span(3, 2)
    assert clip(9, 9, 5) == Span(5, 0)


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (0, -1)])
def test_a_negative_range_is_refused(start, length):
    with pytest.raises(Invalid):
        clip(start, length, 5)


class Far:
    """The bytes, and every request that was made for them."""

    def __init__(self) -> None:
        self.requests: list[tuple[int, int]] = []

    def fetch(self, start: int, length: int) -> bytes:
        self.requests.append((start, length))
        return CONTENT[start : start + length]


@given(moves=st.lists(st.tuples(st.integers(0, len(CONTENT) + 5), st.integers(0, 12 << 20)), max_size=6))
def test_a_far_blob_reads_as_its_bytes_in_bounded_memory(moves):
    far = Far()

    with RangeReader(far.fetch, len(CONTENT)) as file:
        for start, length in moves:
            file.seek(start)
            assert file.read(length) == CONTENT[start : start + length]
            assert len(file._blocks) <= KEPT

    assert all(0 < length <= REQUEST * BLOCK for _, length in far.requests)
    assert all(start + length <= len(CONTENT) for start, length in far.requests)


def test_reading_in_order_reads_ahead():
    far = Far()

    with RangeReader(far.fetch, len(CONTENT)) as file:
        while file.read(64 << 10):
            continue

    lengths = [length // BLOCK for _, length in far.requests]
    assert lengths[:4] == [2, 4, 4, 4]
    assert max(lengths) == READ_AHEAD
    assert len(far.requests) == 8


def test_a_jump_fetches_one_block():
    far = Far()

    with RangeReader(far.fetch, len(CONTENT)) as file:
        file.seek(10 * BLOCK + 5)
        file.read(10)
        file.read(10)

    assert far.requests == [(10 * BLOCK, BLOCK)]


def test_a_large_read_is_one_request():
    far = Far()

    with RangeReader(far.fetch, len(CONTENT)) as file:
        file.seek(BLOCK + 1)
        file.read(3 * BLOCK)

    assert far.requests == [(BLOCK, 4 * BLOCK)]


def test_a_far_blob_serves_whoever_reads_into_a_buffer():
    buffered = io.BufferedReader(RangeReader(Far().fetch, len(CONTENT)))

    with buffered as file:
        file.seek(-3, io.SEEK_END)
        assert file.read() == CONTENT[-3:]


def test_a_far_blob_is_left_alone_once_closed():
    file = RangeReader(Far().fetch, 5)
    file.close()

    with pytest.raises(ValueError, match="closed"):
        file.read(1)


def test_there_is_nothing_before_the_start():
    with RangeReader(Far().fetch, 5) as file, pytest.raises(ValueError, match="before"):
        file.seek(-1)


def test_a_range_is_fetched_as_it_is_asked_for():
    asked = []

    def fetch(start, length):
        asked.append((start, length))
        return CONTENT[start : start + length]

    reader = RangeReader(fetch, len(CONTENT))
    reader.seek(5)

    assert reader.read_range(1_000_003, 77) == CONTENT[1_000_003:1_000_080]
    assert reader.read_range(len(CONTENT) - 2, 10) == CONTENT[-2:]
    assert reader.read_range(len(CONTENT), 10) == b""
    assert asked == [(1_000_003, 77), (len(CONTENT) - 2, 2)]
    assert reader.tell() == 5
