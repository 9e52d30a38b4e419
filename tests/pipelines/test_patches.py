"""Patches: what is cut round a point equals what padding the whole picture would give, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.classify.patches import check_points, cut_patches
from pipelines.errors import BadInput

SIZES = [(1, 1), (2, 3), (50, 80), (150, 200), (224, 224), (700, 900)]  # width, height


def noise(width, height):
    return np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)


def places(width, height):
    """Corners, what is next to them, borders, and pixels within."""
    rows = sorted({0, min(1, height - 1), height // 3, height - 1, max(0, height - 2)})
    columns = sorted({0, min(1, width - 1), width // 2, width - 1, max(0, width - 2)})
    return [(row, column) for row in rows for column in columns]


def cut_from_padded(pixels, row, column, size):
    """The way of pyspacer: all four sides padded by the size of the patch, then a slice."""
    padded = np.pad(pixels, ((size, size), (size, size), (0, 0)), "reflect")
    top, left = row + size - size // 2, column + size - size // 2
    return padded[top : top + size, left : left + size]


@pytest.mark.parametrize("size", [224, 225, 7])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_patch_equals_one_of_the_whole_picture_padded(width, height, size):
    pixels, points = noise(width, height), places(width, height)

    patches = cut_patches(pixels, [row for row, _ in points], [column for _, column in points], size)

    for patch, (row, column) in zip(patches, points, strict=True):
        assert np.array_equal(patch, cut_from_padded(pixels, row, column, size)), (row, column)


@given(width=st.integers(1, 60), height=st.integers(1, 60), size=st.integers(1, 130), data=st.data())
def test_a_patch_of_any_size_equals_one_of_the_whole_picture_padded(width, height, size, data):
    pixels = noise(width, height)
    row = data.draw(st.integers(0, height - 1))
    column = data.draw(st.integers(0, width - 1))

    (patch,) = cut_patches(pixels, [row], [column], size)

    assert np.array_equal(patch, cut_from_padded(pixels, row, column, size))


def test_the_point_lies_in_the_middle_of_its_patch():
    pixels = noise(300, 260)

    (patch,) = cut_patches(pixels, [200], [20], 224)

    assert patch[112, 112].tolist() == pixels[200, 20].tolist()
    assert (
        patch[112, 91].tolist() == pixels[200, 1].tolist()
    )  # the column before the first is the second, mirrored


def test_patches_are_cut_into_a_buffer_that_is_used_again():
    pixels, buffer = noise(300, 260), np.zeros((4, 32, 32, 3), np.uint8)

    patches = cut_patches(pixels, [100, 3], [100, 299], 32, buffer)

    assert np.shares_memory(patches, buffer)
    assert np.array_equal(patches, cut_patches(pixels, [100, 3], [100, 299], 32))


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (1200, 0, "Row 1200 is outside the image's valid range of 0-1199."),
        (-1, 0, "Row -1 is outside the image's valid range of 0-1199."),
        (0, 1600, "Column 1600 is outside the image's valid range of 0-1599."),
        (1199, -5, "Column -5 is outside the image's valid range of 0-1599."),
    ],
)
def test_a_point_outside_is_named_with_the_range(row, column, message):
    with pytest.raises(BadInput) as refusal:
        check_points([5, row], [5, column], 1600, 1200)

    assert (refusal.value.code, refusal.value.message) == ("point_outside", message)
