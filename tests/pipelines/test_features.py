"""Features: one row of numbers per point, whatever the order and the batch, kept as a file without code in it."""

import hashlib
import io

import numpy as np
import pyarrow as pa
import pytest

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.features import Features, decode_features, describe, encode_features
from pipelines.classify.network import Network
from pipelines.errors import BadInput


@pytest.fixture(scope="module")
def network():
    return Network(bank_network(), BANK, device="cpu")


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(5).integers(0, 256, (260, 300, 3), np.uint8)


def test_the_order_of_points_is_kept_and_a_point_named_twice_has_one_answer(network, pixels):
    rows, columns = [250, 0, 100, 250, 0], [299, 0, 7, 299, 299]

    found = describe(pixels, rows, columns, network)

    alone = np.concatenate([describe(pixels, [r], [c], network) for r, c in zip(rows, columns, strict=True)])
    assert found.shape == (5, 164) and found.dtype == np.float32
    assert np.abs(found - alone).max() <= 1e-5
    assert np.array_equal(found[0], found[3])


def test_a_tick_tells_how_many_points_are_done(network, pixels):
    told = []

    describe(pixels, range(40), range(40), network, tick=lambda *step: told.append(step))

    assert told == [(16, 40, "points"), (32, 40, "points"), (40, 40, "points")]


def test_no_points_give_no_rows(network, pixels):
    assert describe(pixels, [], [], network).shape == (0, 164)


def test_a_point_outside_is_refused_before_anything_is_computed(network, pixels):
    with pytest.raises(BadInput) as refusal:
        describe(pixels, [0, 260], [0, 0], network)

    assert refusal.value.message == "Row 260 is outside the image's valid range of 0-259."


def test_features_come_back_as_they_were_kept():
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    kept = Features(np.array([9, 0, 4], np.int32), np.array([1, 2, 3], np.int32), values)

    found = decode_features(encode_features(kept))

    assert found.rows.tolist() == [9, 0, 4] and found.rows.dtype == np.int32
    assert found.columns.tolist() == [1, 2, 3]
    assert np.array_equal(found.values, values) and found.values.dtype == np.float32


def test_equal_features_are_equal_bytes():
    kept = Features(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, 164), np.float32))

    assert encode_features(kept) == encode_features(decode_features(encode_features(kept)))


def test_one_changed_bit_anywhere_is_noticed():
    content = encode_features(Features(np.arange(4), np.arange(4), np.ones((4, 9), np.float32)))
    damaged = [
        bytes([*content[:at], content[at] ^ 1 << at % 8, *content[at + 1 :]]) for at in range(len(content))
    ]

    codes = [refused(one) for one in damaged]

    assert codes == ["bad_features"] * len(content)


def refused(content):
    with pytest.raises(BadInput) as refusal:
        decode_features(content)
    return refusal.value.code


def other_table():
    sink = io.BytesIO()
    table = pa.table({"row": [1], "column": [2], "values": [[1.0, 2.0]]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def signed(content):
    return hashlib.sha256(content).digest() + content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ARROW1\0\0",
        b"\x80\x04K\x01.",
        bytes(4000),
        other_table(),
        signed(b""),
        signed(bytes(4000)),
        signed(other_table()),
    ],
)
def test_what_is_no_file_of_features_is_refused(content):
    assert refused(content) == "bad_features"
