"""What a call says is the same, whichever form it is sent in."""

from urllib.parse import urlencode

import falcon
import pytest
from falcon.testing import create_environ
from hypothesis import given
from hypothesis import strategies as st

from api.dialects.planttracer.fields import Fields, fields_of
from tests.api.planttracer.conftest import multipart

LIMIT = 1 << 20
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_-", min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)


def read(query="", body=b"", content_type=None):
    headers = {"Content-Type": content_type} if content_type else {}
    environ = create_environ("/api/anything", method="POST", query_string=query, body=body, headers=headers)
    return fields_of(falcon.Request(environ), LIMIT)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_query_urlencoded_and_multipart_say_the_same(values):
    body, kind = multipart(values)

    said = [
        read(query=urlencode(values)),
        read(body=urlencode(values).encode(), content_type="application/x-www-form-urlencoded"),
        read(body=body, content_type=kind),
    ]

    for name, value in values.items():
        assert [fields.get(name) for fields in said] == [value] * 3


def test_the_query_wins_and_of_twins_the_first():
    form = {"body": b"a=3&b=4&b=5&c=", "content_type": "application/x-www-form-urlencoded; charset=utf-8"}

    fields = read(query="a=1&a=2", **form)

    assert [fields.get(name) for name in "abcd"] == ["1", "4", "", None]


def test_a_file_among_the_fields_says_nothing():
    body, kind = multipart({"title": "Bean", "movie": b"\x00\x01"})

    fields = read(body=body, content_type=kind)

    assert (fields.get("title"), fields.get("movie")) == ("Bean", None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" -12 ", -12),
        ("0", 0),
        ("", None),
        ("1.5", None),
        ("1_000", None),
        ("٣", None),
        ("--1", None),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("nan", None),
    ],
)
def test_a_whole_number_or_nothing(text, number):
    assert Fields([("n", text)]).number("n") == number


@pytest.mark.parametrize(
    ("text", "truth"),
    [("true", True), ("yes", True), ("Y", True), ("1", True), ("", True), ("0", False), ("no", False)],
)
def test_truth_goes_by_the_first_letter_and_empty_is_true(text, truth):
    assert Fields([("f", text)]).flag("f") is truth
    assert Fields().flag("f", default=True) is True
