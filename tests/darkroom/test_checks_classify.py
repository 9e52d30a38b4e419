"""What is asked about points, and what is refused, with the field and the limit."""

import msgspec
import pytest

from darkroom.checks_classify import check_classify, check_vet
from darkroom.errors import Invalid
from darkroom.facts import MovieFacts
from darkroom.kinds import read_params
from darkroom.settings import Settings
from darkroom.splits import Parts
from darkroom.splits_classify import images_of, split_classify, split_features, split_train

SETTINGS = Settings(
    classify_images_limit=3, classify_points_limit=4, classify_parts_limit=2, features_images_per_part=10
)
MOVIE = {"movie": MovieFacts(640, 480, frames=100)}
HERE = [{"row": 0, "column": 0}]
IMAGE = {"media": 1, "points": HERE}


def check(raw, facts):
    _, params = read_params("classify", {"classifier": 1, **raw})
    check_classify(params, facts, SETTINGS)


@pytest.mark.parametrize(
    "raw",
    [
        {"images": [IMAGE]},
        {"images": [{"url": "http://a/b.jpg", "grid": {"rows": 2, "columns": 2}}]},
        {"images": [IMAGE, IMAGE, IMAGE]},
        {"images": [{"media": 1, "points": HERE * 4}]},
    ],
)
def test_images_with_points_or_a_grid_are_accepted(raw):
    check(raw, {})


@pytest.mark.parametrize(
    ("raw", "where", "limit"),
    [
        ({}, "/params/images", 1),
        ({"images": []}, "/params/images", 1),
        ({"images": [IMAGE] * 4}, "/params/images", 3),
        ({"images": [IMAGE, {"points": HERE}]}, "/params/images/1", None),
        ({"images": [{"url": "http://a", "media": 1, "points": HERE}]}, "/params/images/0", None),
        ({"images": [{"media": 1}]}, "/params/images/0", None),
        ({"images": [{**IMAGE, "grid": {"rows": 1, "columns": 1}}]}, "/params/images/0", None),
        ({"images": [{"media": 1, "points": HERE * 5}]}, "/params/images/0/points", 4),
        ({"images": [{"media": 1, "grid": {"rows": 5, "columns": 1}}]}, "/params/images/0/grid", 4),
        ({"images": [IMAGE], "points": HERE}, "/params/points", None),
        ({"images": [IMAGE], "grid": {"rows": 1, "columns": 1}}, "/params/grid", None),
        ({"movie": {"every": 5}, "points": HERE}, "/inputs/movie", None),
    ],
)
def test_images_that_do_not_say_once_what_and_where_are_refused(raw, where, limit):
    with pytest.raises(Invalid) as refused:
        check(raw, {})

    assert (refused.value.where, refused.value.limit) == (where, limit)


@pytest.mark.parametrize(
    ("raw", "where", "limit"),
    [
        ({"points": HERE}, "/params/movie", None),
        ({"movie": {"every": 50}}, "/params", None),
        ({"movie": {"every": 50}, "images": [IMAGE], "points": HERE}, "/params/images", None),
        ({"movie": {"every": 10}, "points": HERE}, "/params/movie/every", 3),
        ({"movie": {"every": 50, "start": 100}, "points": HERE}, "/params/movie/start", 99),
        ({"movie": {"every": 50, "start": 10, "end": 10}, "points": HERE}, "/params/movie/end", 11),
        ({"movie": {"every": 50, "end": 101}, "points": HERE}, "/params/movie/end", 100),
        ({"movie": {"every": 50}, "points": HERE * 5}, "/params/points", 4),
    ],
)
def test_frames_that_are_not_there_or_too_many_are_refused(raw, where, limit):
    with pytest.raises(Invalid) as refused:
        check(raw, MOVIE)

    assert (refused.value.where, refused.value.limit) == (where, limit)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"images": [{"media": 1, "points": [{"row": -1, "column": 0}]}]}, "/params/images/0/points/0/row"),
        ({"images": [{"media": 1, "points": [{"row": 1.5, "column": 0}]}]}, "/params/images/0/points/0/row"),
        ({"images": [{"media": 1, "points": [{"row": 1.0, "column": 0}]}]}, "/params/images/0/points/0/row"),
        (
            {"images": [{"media": 1, "points": [{"row": 0, "column": True}]}]},
            "/params/images/0/points/0/column",
        ),
        (
            {"images": [{"media": 1, "points": [{"row": 0, "column": "1"}]}]},
            "/params/images/0/points/0/column",
        ),
        ({"images": [{"media": 1, "points": [{"row": 0}]}]}, "/params/images/0/points/0/column"),
        ({"images": [{"media": 1, "points": []}]}, "/params/images/0/points"),
        ({"images": [{"media": 1, "grid": {"rows": 0, "columns": 1}}]}, "/params/images/0/grid/rows"),
        ({"images": [{"url": "a" * 8193, "points": HERE}]}, "/params/images/0/url"),
        ({"images": [IMAGE], "top": 0}, "/params/top"),
        ({"images": [IMAGE], "top": 101}, "/params/top"),
        ({"images": [IMAGE], "classifier": 0}, "/params/classifier"),
        ({"movie": {"every": 0}}, "/params/movie/every"),
    ],
)
def test_what_is_no_whole_number_in_its_range_is_refused(raw, where):
    with pytest.raises(Invalid) as refused:
        read_params("classify", {"classifier": 1, **raw})

    assert refused.value.where == where


def vet(**raw):
    _, params = read_params("vet", {"manifest": {"name": "net", "length": 2}} | raw)
    check_vet(params, {}, SETTINGS)


@pytest.mark.parametrize(
    "raw",
    [
        {"role": "backbone", "labels": [{"id": 1, "code": "a", "name": "A"}]},
        {"role": "classifier", "labels": [{"id": 1, "code": "a", "name": "A"}]},
        {"role": "classifier", "labels": [{"id": 1, "code": "a", "name": "A"}] * 2},
    ],
)
def test_a_network_with_labels_that_do_not_fit_is_refused(raw):
    with pytest.raises(Invalid) as refused:
        vet(**raw)

    assert refused.value.where == "/params/labels"


@pytest.mark.parametrize(("field", "value"), [("scale", 0), ("std", [0.2, 0, 0.2])])
def test_values_are_neither_made_nor_divided_by_nothing(field, value):
    with pytest.raises(Invalid) as refused:
        vet(role="backbone", manifest={"name": "net", "length": 2, field: value})

    assert refused.value.where == f"/params/manifest/{field}"


def test_a_network_with_a_label_for_each_probability_is_accepted():
    vet(role="backbone")
    vet(role="classifier", labels=[{"id": 1, "code": "a", "name": "A"}, {"id": 2, "code": "b", "name": "B"}])


def params(kind, **raw):
    return read_params(kind, raw)[1]


@pytest.mark.parametrize(("images", "parts"), [(1, (1,)), (2, (1, 1)), (3, (1, 2))])
def test_pictures_are_parts_of_their_own_until_there_are_too_many(images, parts):
    asked = params("classify", classifier=1, images=[IMAGE] * images)

    assert split_classify(asked, {}, SETTINGS) == Parts(len(parts), shares=parts)


def test_frames_are_split_as_pictures_are():
    asked = params("classify", classifier=1, movie={"every": 10, "start": 5, "end": 36}, points=HERE)

    assert split_classify(asked, MOVIE, SETTINGS) == Parts(2, shares=(2, 2))


@pytest.mark.parametrize("total", range(1, 8))
def test_every_picture_is_looked_at_by_one_part(total):
    ranges = [images_of(part, total, 7) for part in range(total)]

    assert [index for one in ranges for index in one] == list(range(7))
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


@pytest.mark.parametrize(
    ("images", "limit", "features", "train"),
    [
        (10, 100, Parts(1), Parts(1)),
        (25, 100, Parts(3), Parts(4, joins=True)),
        (500, 4, Parts(4), Parts(4, joins=True)),
    ],
)
def test_the_pictures_of_a_training_are_shared_out_and_one_part_learns(images, limit, features, train):
    settings = msgspec.structs.replace(SETTINGS, classify_parts_limit=limit)

    assert split_features(params("features", source=1, images=images), {}, settings) == features
    assert split_train(params("train", source=1, images=images), {}, settings) == train
