"""JPEGs of which a part is missing, though they end as they should: damaged, where libjpeg gives grey."""

import io

import numpy as np
import pytest
from PIL import Image

from pipelines.classify import picture as pictures
from pipelines.classify.picture import read_picture
from pipelines.errors import BadInput

END = b"\xff\xd9"


def jpeg(*, grey_from=300, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    pixels[grey_from:] = 128
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


SOUND = jpeg()
HALF = len(SOUND) // 2
MISSING = {
    "its second half, but for the end": SOUND[:HALF] + END,
    "two kilobytes in the middle": SOUND[:HALF] + SOUND[HALF + 2048 :],
    "what an end in the middle hides": SOUND[:HALF] + END + SOUND[HALF:],
}


@pytest.mark.parametrize("once_from", [0, 32_000_000], ids=["as a large one", "as a small one"])
@pytest.mark.parametrize("what", MISSING)
def test_a_jpeg_that_lacks_something_is_damaged_and_not_grey(monkeypatch, what, once_from):
    monkeypatch.setattr(pictures, "_ONCE_FROM", once_from)

    with pytest.raises(BadInput) as refusal:
        read_picture(io.BytesIO(MISSING[what]))

    assert refusal.value.code == "damaged_picture"


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}]
)
def test_a_jpeg_that_is_grey_where_it_ends_is_read(options):
    content = jpeg(grey_from=200, **options)

    picture = read_picture(io.BytesIO(content))

    assert picture.pixels.shape == (300, 400, 3)
    assert (picture.pixels[-8:, -8:] == 128).all()


def test_what_follows_the_end_of_a_grey_jpeg_does_not_matter():
    assert read_picture(io.BytesIO(jpeg(grey_from=200) + b"a maker's notes")).width == 400
