"""Made seabeds: the same each time, and unlike from class to class."""

import hashlib

import numpy as np

from pipelines.textures import CLASSES, texture_image, texture_points


def test_equal_seeds_give_equal_pictures():
    pixels, classes = texture_image(3, 256)

    again, classes_again = texture_image(3, 256)

    assert hashlib.sha256(pixels).digest() == hashlib.sha256(again).digest()
    assert np.array_equal(classes, classes_again)


def test_other_seeds_give_other_pictures():
    pixels, _ = texture_image(3, 256)

    other, _ = texture_image(4, 256)

    assert not np.array_equal(pixels, other)


def test_every_pixel_has_a_class_and_pictures_hold_several():
    maps = [texture_image(seed, 384)[1] for seed in range(20)]

    found = [set(np.unique(one).tolist()) for one in maps]

    assert set.union(*found) == set(range(len(CLASSES)))
    assert max(len(one) for one in found) > 1


def test_points_are_distinct_and_inside():
    rows, columns = texture_points(seed=5, count=64, size=100)

    places = set(zip(rows.tolist(), columns.tolist(), strict=True))

    assert len(places) == 64
    assert min(rows.min(), columns.min()) >= 0
    assert max(rows.max(), columns.max()) < 100
