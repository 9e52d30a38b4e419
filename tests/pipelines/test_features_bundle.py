"""The features of several pictures in one file."""

import numpy as np
import pytest

from pipelines.classify.bundle import Bundle, decode_bundle, encode_bundle, unite
from pipelines.classify.features import Features
from pipelines.errors import BadInput


def features(*places, seed=0, length=3):
    values = np.random.default_rng(seed).random((len(places), length), np.float32)
    rows, columns = (np.array([place[i] for place in places], np.int32) for i in (0, 1))
    return Features(rows, columns, values)


def assert_same(one, other):
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.columns, other.columns)
    np.testing.assert_array_equal(one.values, other.values)


def test_what_goes_in_comes_out_by_picture():
    known = {"b" * 64: features((1, 2), (3, 4)), "a" * 64: features((5, 6), seed=1)}
    lacking = {"b" * 64: "row 9, column 9: outside", "c" * 64: "This file is not a supported image."}

    found = decode_bundle(encode_bundle(Bundle(known, lacking), 3))

    assert found.lacking == lacking
    assert sorted(found.features) == sorted(known)
    for sha256, one in known.items():
        assert_same(found.features[sha256], one)


def test_the_order_in_which_pictures_came_does_not_matter():
    one, other = features((1, 2)), features((3, 4), seed=1)

    bundles = [
        Bundle({"a": one, "b": other}, {"a": "x", "b": "y"}),
        Bundle({"b": other, "a": one}, {"b": "y", "a": "x"}),
    ]

    assert len({encode_bundle(bundle, 3) for bundle in bundles}) == 1


@pytest.mark.parametrize("known", [{}, {"a": features()}])
def test_a_bundle_may_hold_nothing(known):
    assert decode_bundle(encode_bundle(Bundle(known), 3)) == Bundle()


@pytest.mark.parametrize("content", [b"", b"ARROW1", b"no arrow at all", b"ARROW1\0\0" * 50])
def test_what_is_no_bundle_is_refused(content):
    with pytest.raises(BadInput) as refused:
        decode_bundle(content)

    assert refused.value.code == "bad_features"


def test_two_sets_of_one_picture_become_one_and_the_first_counts():
    first, second = features((1, 2), (3, 4)), features((3, 4), (5, 6), seed=1)

    united = unite(first, second)

    assert list(zip(united.rows.tolist(), united.columns.tolist(), strict=True)) == [(1, 2), (3, 4), (5, 6)]
    np.testing.assert_array_equal(united.values[:2], first.values)
    np.testing.assert_array_equal(united.values[2], second.values[1])
