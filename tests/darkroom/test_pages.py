"""How large pages get: the counter and the pipeline must mean the same."""

import pytest

from darkroom.pages import grid, page_size
from pipelines.errors import BadInput
from pipelines.stills import Limits, Order, extract
from pipelines.synthetic import write_stem


@pytest.mark.parametrize(
    ("count", "columns", "rows", "expected"),
    [
        (1, None, None, (1, 1)),
        (5, None, None, (3, 2)),
        (9, None, None, (3, 3)),
        (5, 5, None, (5, 1)),
        (5, None, 5, (1, 5)),
    ],
)
def test_a_grid_is_as_square_as_it_can_be(count, columns, rows, expected):
    assert grid(count, columns, rows) == expected


@pytest.mark.parametrize(
    ("layout", "columns", "rows", "expected"),
    [
        ("montage", None, None, (4 * 160, 3 * 120)),
        ("montage", 12, 1, (12 * 160, 120)),
        ("sprites", None, None, (10 * 160, 2 * 120)),
        ("sprites", 5, 2, (5 * 160, 2 * 120)),
        ("sprites", 40, None, (40 * 160, 120)),
        ("contact", None, None, (4 * (160 + 9) + 9, 9 * 5 + 3 * (120 + 22) + 9)),
        ("contact", 2, 6, (2 * (160 + 9) + 9, 9 * 5 + 6 * (120 + 22) + 9)),
    ],
)
def test_a_page_is_as_large_as_the_pipeline_makes_it(tmp_path, layout, columns, rows, expected):
    movie = tmp_path / "stem.mp4"
    write_stem(movie, width=160, height=120, frames=12)
    order = Order(count=12, layout=layout, columns=columns, rows=rows, width=160)

    width, height = page_size(layout, 12, columns, rows, (160, 120))

    assert (width, height) == expected
    extract(movie, tmp_path, order, limits=Limits(picture_pixels=width * height))
    with pytest.raises(BadInput, match=f"of {width}x{height} has more than"):
        extract(movie, tmp_path, order, limits=Limits(picture_pixels=width * height - 1))
