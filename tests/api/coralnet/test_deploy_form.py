"""What is wrong with a deploy is told in the words of the wire, with a pointer, up to the first thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dialects.coralnet.deploy_form import URL_LIMIT, Limits, read_deploy
from darkroom.errors import Invalid

LIMITS = Limits(images=100, points=200)
POINT = {"row": 700, "column": 500}
HASH, ARRAY = "Ensure this element is a hash.", "Ensure this element is an array."
TEXT, WHOLE = "Ensure this element is a string.", "Ensure this element is an integer."
EMPTY = "Ensure this array is non-empty."


def image(url="https://example.org/a.jpg", points=None):
    return {"type": "image", "attributes": {"url": url, "points": [POINT] if points is None else points}}


def without(value, name):
    return {key: held for key, held in value.items() if key != name}


def point(**changes):
    return {"data": [image(points=[{**POINT, **changes}])]}


NAMES = ("data", "type", "attributes", "url", "points", "row", "column")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just("image"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=len(NAMES))
    ),
    max_leaves=20,
)
ATTRIBUTES = image()["attributes"]
REFUSED = {
    "the root is a list": ([], HASH, "/"),
    "the root is null": (None, HASH, "/"),
    "no data": ({}, "Ensure this hash has a 'data' key.", "/"),
    "data is a hash": ({"data": {}}, ARRAY, "/data"),
    "data is empty": ({"data": []}, EMPTY, "/data"),
    "101 images": ({"data": [image()] * 101}, "This array exceeds the max length of 100.", "/data"),
    "101 of anything": ({"data": [None] * 101}, "This array exceeds the max length of 100.", "/data"),
    "an item is a text": ({"data": ["a"]}, HASH, "/data/0"),
    "no type": ({"data": [without(image(), "type")]}, "Ensure this hash has a 'type' key.", "/data/0"),
    "no attributes": (
        {"data": [image(), without(image(), "attributes")]},
        "Ensure this hash has a 'attributes' key.",
        "/data/1",
    ),
    "type is a number": ({"data": [{**image(), "type": 1}]}, TEXT, "/data/0/type"),
    "another type": (
        {"data": [{**image(), "type": "images"}]},
        "This element should be equal to 'image'.",
        "/data/0/type",
    ),
    "another type is told before attributes": (
        {"data": [{"type": "x", "attributes": 1}]},
        "This element should be equal to 'image'.",
        "/data/0/type",
    ),
    "attributes are a list": ({"data": [{**image(), "attributes": []}]}, HASH, "/data/0/attributes"),
    "no url": (
        {"data": [{"type": "image", "attributes": without(ATTRIBUTES, "url")}]},
        "Ensure this hash has a 'url' key.",
        "/data/0/attributes",
    ),
    "no points": (
        {"data": [{"type": "image", "attributes": without(ATTRIBUTES, "points")}]},
        "Ensure this hash has a 'points' key.",
        "/data/0/attributes",
    ),
    "url is null": ({"data": [image(url=None)]}, TEXT, "/data/0/attributes/url"),
    "a long url": (
        {"data": [image(url="http://a/" + "b" * URL_LIMIT)]},
        "This string exceeds the max length of 8192 bytes.",
        "/data/0/attributes/url",
    ),
    "a url with NUL": (
        {"data": [image(url="http://a/\x00")]},
        "This string has a NUL character.",
        "/data/0/attributes/url",
    ),
    "half of a surrogate pair": (
        {"data": [image(url="http://a/\ud800")]},
        "This string has half of a surrogate pair.",
        "/data/0/attributes/url",
    ),
    "points are a hash": ({"data": [image(points={})]}, ARRAY, "/data/0/attributes/points"),
    "points are empty": ({"data": [image(points=[])]}, EMPTY, "/data/0/attributes/points"),
    "201 points": (
        {"data": [image(points=[POINT] * 201)]},
        "This array exceeds the max length of 200.",
        "/data/0/attributes/points",
    ),
    "a point is a list": (
        {"data": [image(points=[POINT, [1, 2]])]},
        HASH,
        "/data/0/attributes/points/1",
    ),
    "no row": (
        {"data": [image(points=[without(POINT, "row")])]},
        "Ensure this hash has a 'row' key.",
        "/data/0/attributes/points/0",
    ),
    "no column": (
        {"data": [image(points=[without(POINT, "column")])]},
        "Ensure this hash has a 'column' key.",
        "/data/0/attributes/points/0",
    ),
    "a row of 1.0": (point(row=1.0), WHOLE, "/data/0/attributes/points/0/row"),
    "a row of text": (point(row="1"), WHOLE, "/data/0/attributes/points/0/row"),
    "a column of null": (point(column=None), WHOLE, "/data/0/attributes/points/0/column"),
    "a row that is true": (point(row=True), WHOLE, "/data/0/attributes/points/0/row"),
    "a negative row": (
        point(row=-1),
        "This element's value is below the minimum of 0.",
        "/data/0/attributes/points/0/row",
    ),
    "a negative column": (
        point(column=-1),
        "This element's value is below the minimum of 0.",
        "/data/0/attributes/points/0/column",
    ),
}


@pytest.mark.parametrize(("body", "detail", "pointer"), REFUSED.values(), ids=REFUSED)
def test_the_first_thing_that_is_wrong_is_told(body, detail, pointer):
    with pytest.raises(Invalid) as refused:
        read_deploy(body, LIMITS)

    assert (refused.value.message, refused.value.where) == (detail, pointer)


def test_a_full_deploy_is_read():
    images = read_deploy({"data": [image(points=[POINT] * 200)] * 100}, LIMITS)

    assert len(images) == 100
    assert {(one.row, one.column) for image in images for one in image.points} == {(700, 500)}


@pytest.mark.parametrize("url", ["", "no url", "file:///etc/passwd", "http://a/ b?c=d%20e#f"])
def test_a_url_that_leads_nowhere_is_found_out_later(url):
    (read,) = read_deploy({"data": [image(url=url)]}, LIMITS)

    assert read.url == url


def test_what_else_is_said_is_not_looked_at():
    body = {"data": [{**image(), "id": 7}], "meta": {}}
    body["data"][0]["attributes"]["points"] = [{**POINT, "row": 10**30, "label": "x"}, POINT, POINT]

    (read,) = read_deploy(body, LIMITS)

    assert [place.row for place in read.points] == [10**30, 700, 700]


def test_limits_can_be_raised():
    images = read_deploy({"data": [image(points=[POINT] * 201)] * 101}, Limits(101, 201))

    assert len(images) == 101


@given(st.sampled_from(["root", "image", "attributes", "point"]), ANYTHING)
def test_whatever_comes_is_read_or_refused_with_a_pointer(place, value):
    body = {
        "root": value,
        "image": {"data": [value]},
        "attributes": {"data": [{"type": "image", "attributes": value}]},
        "point": {"data": [image(points=[value])]},
    }[place]

    images, refused = outcome_of(body)

    if refused is not None:
        assert refused.where.startswith("/")
        assert refused.message.startswith(("Ensure this ", "This "))
    assert all(one.row >= 0 and one.column >= 0 for image in images for one in image.points)


def outcome_of(body):
    try:
        return read_deploy(body, LIMITS), None
    except Invalid as refused:
        return [], refused
