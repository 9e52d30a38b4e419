"""Pictures whose bytes were changed: they are read, or refused, and nothing else ever happens."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines.classify.picture import read_picture
from pipelines.errors import BadInput

CODES = {"unsupported_picture", "damaged_picture", "too_many_pixels", "too_large"}
HEADER_BYTES = 400  # where a change does most

changes = st.lists(
    st.tuples(st.integers(0, HEADER_BYTES), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=4
)


def written(image_format, mode="RGB", **options):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 36, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, image_format, **options)
    return file.getvalue()


PICTURES = {
    "jpeg": written("JPEG"),
    "progressive": written("JPEG", progressive=True),
    "cmyk": written("JPEG", "CMYK"),
    "png": written("PNG"),
    "palette": written("PNG", "P"),
    "webp": written("WEBP"),
    "tiff": written("TIFF", compression="tiff_lzw"),
    "tiff of jpeg": written("TIFF", compression="jpeg"),
    "fax": written("TIFF", "1", compression="group4"),
    "bmp": written("BMP"),
}


@pytest.mark.parametrize("kind", PICTURES)
@settings(max_examples=60, deadline=None)
@given(changes)
def test_changed_bytes_are_read_or_refused(kind, changed):
    content = bytearray(PICTURES[kind])
    for place, new, old in changed:
        content[place : place + old] = new

    assert outcome(bytes(content)) in {"pixels", *CODES}


def outcome(content):
    try:
        found = read_picture(io.BytesIO(content))
    except BadInput as refusal:
        return refusal.code
    return "pixels" if found.pixels.shape == (found.height, found.width, 3) else "another shape"
