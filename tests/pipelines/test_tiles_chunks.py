"""Samples of several uploads become one, and chunks of them bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import BadInput
from pipelines.tiles import (
    Samples,
    Texts,
    decode_chunk,
    decode_texts,
    encode_chunk,
    encode_texts,
    latest,
    merge,
    prune,
)

TIMES = st.floats(-1e9, 1e10, allow_nan=False).map(lambda t: t + 0.0)
ROWS = st.lists(st.tuples(TIMES, st.one_of(st.just(float("nan")), st.floats(-1e100, 1e100))), max_size=30)


def samples(*rows, seq=0):
    t, v = zip(*rows, strict=True) if rows else ((), ())
    return Samples(np.array(t, float), np.array(v, float), np.full(len(rows), seq))


def texts(*rows, seq=0):
    t, words = zip(*rows, strict=True)
    text = np.empty(len(rows), object)
    text[:] = words
    return Texts(np.array(t, float), text, np.full(len(rows), seq))


def written(entries):
    return list(zip(entries.t.tolist(), entries.v.tolist(), entries.seq.tolist(), strict=True))


def test_the_last_row_of_an_upload_wins():
    upload = samples((5, 1), (3, 2), (5, 3), (3, 4), (4, 5))

    kept = latest(upload)

    assert written(kept) == [(3, 4, 0), (4, 5, 0), (5, 3, 0)]


def test_the_later_upload_wins_in_whatever_order_they_are_merged():
    first, second = samples((1, 10), (2, 20), seq=1), samples((2, 21), (3, 31), seq=2)

    kept = merge(second, first)

    assert written(kept) == written(merge(first, second)) == [(1, 10, 1), (2, 21, 2), (3, 31, 2)]


def test_a_delete_holds_against_an_older_upload_that_comes_late():
    deleted = merge(samples((1, 10), seq=1), samples((1, np.nan), (2, np.nan), seq=3))

    kept = merge(deleted, samples((2, 20), seq=2))

    assert written(kept.live()) == []
    assert kept.seq.tolist() == [3, 3]


def test_a_newer_upload_fills_what_was_deleted():
    deleted = samples((1, np.nan), seq=3)

    kept = merge(deleted, samples((1, 5), seq=4))

    assert written(kept.live()) == [(1, 5, 4)]


def test_pruning_drops_old_tombstones_alone():
    entries = merge(samples((1, np.nan), (2, 5), seq=1), samples((3, np.nan), seq=9))

    kept = prune(entries, 9)

    assert kept.t.tolist() == [2, 3]


@given(st.lists(ROWS, min_size=1, max_size=5), st.randoms())
def test_uploads_merge_to_the_same_in_any_order(uploads, chance):
    parts = [latest(samples(*rows, seq=seq)) for seq, rows in enumerate(uploads)]
    shuffled = chance.sample(parts, len(parts))

    kept, other = parts[0], shuffled[0]
    for part in parts[1:]:
        kept = merge(kept, part)
    for part in shuffled[1:]:
        other = merge(other, part)

    assert encode_chunk(kept) == encode_chunk(other)


@given(ROWS, st.booleans(), st.integers(-(2**63), 2**63 - 1))
def test_a_chunk_comes_back_as_it_was(rows, packed, seq):
    entries = latest(samples(*rows, seq=seq))

    again = decode_chunk(encode_chunk(entries, packed=packed))

    assert again.t.tobytes() == entries.t.tobytes()
    assert again.v.tobytes() == entries.v.tobytes()
    assert again.seq.tolist() == entries.seq.tolist()


def test_texts_come_back_as_they_were():
    entries = texts((-1.5, "näher"), (0, None), (2, ""), seq=7)

    again = decode_texts(encode_texts(entries))

    assert again.t.tolist() == [-1.5, 0, 2]
    assert again.text.tolist() == ["näher", None, ""]
    assert again.seq.tolist() == [7, 7, 7]


def test_a_packed_minute_of_steady_samples_is_small():
    entries = samples(*((1.7e9 + i, round(20 + i % 7 * 0.1, 1)) for i in range(3600)))

    data = encode_chunk(entries, packed=True)

    assert len(data) < 2 * len(entries)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: b"RIFF" + data[4:], lambda data: b""]
)
def test_a_damaged_chunk_is_refused(packed, damage):
    data = encode_chunk(samples((1, 2), (3, 4)), packed=packed)

    with pytest.raises(BadInput) as refusal:
        decode_chunk(damage(data))

    assert refusal.value.code == "bad_chunk"
