"""The pictures of a classifier: points over their picture, and the confusion of labels."""

import tracemalloc

import cv2
import numpy as np
import pytest

from pipelines.classify import overlay
from pipelines.classify.colours import COLOURS, SHAPES, colour_of, shape_of
from pipelines.classify.confusion import plot_confusion
from pipelines.classify.overlay import draw_overlay


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)


def grey(height, width):
    return np.full((height, width, 3), 128, np.uint8)


def draw(path, pixels, rows, columns, labels, *, codes=("A", "B", "C"), score=0.9):
    draw_overlay(
        path, pixels, rows=rows, columns=columns, labels=labels, codes=codes, scores=np.full(len(rows), score)
    )
    return read(path)


def test_a_point_has_the_colour_of_its_label_where_it_lies(tmp_path):
    picture = draw(tmp_path / "seen.png", grey(1000, 1200), [100, 700], [150, 1100], [0, 1])

    assert tuple(picture[100, 150]) == COLOURS[0]
    assert tuple(picture[700, 1100]) == COLOURS[1]
    assert tuple(picture[400, 600]) == (128, 128, 128)


def test_a_doubtful_point_is_pale_in_the_middle(tmp_path):
    picture = draw(tmp_path / "seen.png", grey(1000, 1200), [100], [150], [0], score=0.4)

    assert tuple(picture[100, 150]) == (255, 255, 255)


@pytest.mark.parametrize(
    ("height", "width", "shown", "place"),
    [
        (20, 40, (500, 1000), (262, 512)),  # a pixel is a square of 25: its middle is meant
        (1500, 1000, (1500, 1000), (750, 500)),
        (3000, 6000, (1200, 2400), (600, 1200)),
    ],
)
def test_small_pictures_are_drawn_larger_and_large_ones_smaller(height, width, shown, place, tmp_path):
    picture = draw(tmp_path / "seen.png", grey(height, width), [height // 2], [width // 2], [2])

    assert picture.shape[1] == shown[1] and picture.shape[0] > shown[0]
    assert tuple(picture[place]) == COLOURS[2]


def test_the_legend_stands_below_and_hides_nothing(tmp_path):
    picture = draw(tmp_path / "seen.png", grey(1000, 1200), [], [], [])

    assert (picture[:1000] == 128).all()
    assert picture.shape[0] > 1000


def test_many_points_of_sixty_labels_with_any_names_are_drawn(tmp_path):
    codes = [f"Montipora capitata, plating {index} 珊瑚\n" * 3 for index in range(60)]
    rng = np.random.default_rng(1)

    picture = draw(
        tmp_path / "seen.jpg", grey(300, 400), rng.integers(0, 300, 900), rng.integers(0, 400, 900),
        rng.integers(0, 60, 900), codes=codes,
    )  # fmt: skip

    assert picture.shape[1] == 1000


def test_equal_points_give_equal_bytes(tmp_path):
    for name in ("one.jpg", "two.jpg"):
        draw(tmp_path / name, grey(200, 300), [10, 20], [30, 40], [0, 2])

    assert (tmp_path / "one.jpg").read_bytes() == (tmp_path / "two.jpg").read_bytes()


def test_a_large_picture_is_made_smaller_without_a_second_one_in_memory():
    rng = np.random.default_rng(0)
    apart = rng.integers(0, 256, (3000, 3200, 4), np.uint8)[..., :3]  # as large ones are read
    beside = overlay._resized(np.ascontiguousarray(apart), 0.75)

    tracemalloc.start()
    small = overlay._resized(apart, 0.75)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (small == beside).all()
    assert peak - small.nbytes < 0.75 * apart.nbytes


def test_sixty_labels_have_sixty_marks():
    marks = {(colour_of(index), shape_of(index).tobytes()) for index in range(60)}

    assert len(marks) == 60
    assert [np.abs(shape).max() < 1.5 for shape in SHAPES] == [True] * 6


@pytest.mark.parametrize("label_count", [2, 9, 45])
def test_the_diagonal_of_a_good_classifier_is_dark_and_all_labels_are_there(label_count, tmp_path):
    codes = [f"珊瑚 $x_{index}$" for index in range(label_count)]

    plot_confusion(np.eye(label_count, dtype=int) * 40, codes, tmp_path / "confusion.png")

    picture = read(tmp_path / "confusion.png").astype(int)
    dark = (picture[..., 2] - picture[..., 0] > 60) & (picture.sum(axis=2) < 250)
    rows, columns = np.nonzero(dark)
    assert len(rows) > 50 * label_count
    assert np.corrcoef(rows, columns)[0, 1] > 0.6  # from top left to bottom right


def test_a_matrix_of_nothing_is_drawn_too(tmp_path):
    plot_confusion(np.zeros((2, 2), int), ["A", "B"], tmp_path / "confusion.png")

    assert read(tmp_path / "confusion.png").shape[2] == 3


def test_a_name_hides_neither_a_mark_nor_another_name(tmp_path):
    columns = [840, 950]  # too near each other for a name between them, and the second too near the border

    one, both = (
        draw(tmp_path / "seen.png", grey(800, 1000), [400] * len(some), some, [0] * len(some), codes=("branching",))
        for some in (columns[:1], columns)
    )  # fmt: skip

    beside_the_first = (slice(380, 414), slice(820, 935))
    assert (one[beside_the_first] == both[beside_the_first]).all()
    assert tuple(both[400, 950]) == COLOURS[0]
    assert (both[421:460, 880:1000] != 128).any()  # the name of the second stands below it


def test_few_of_many_points_are_not_none_of_them(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(overlay, "write", lambda strip, text, at, **how: written.append(text))

    draw(tmp_path / "seen.png", grey(800, 1000), [9] * 300, range(300), [1] + [0] * 299)

    assert "1 (<1%)" in written
