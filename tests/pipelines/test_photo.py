"""Photos: what is found in them, and thumbnails that stand upright whatever the camera did."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from pipelines.errors import BadInput
from pipelines.photo import develop_photo

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)
# Where the four corners of the scene are stored, by EXIF orientation: top left, top right, bottom left, bottom right.
STORED = {
    1: (RED, GREEN, BLUE, WHITE),
    2: (GREEN, RED, WHITE, BLUE),
    3: (WHITE, BLUE, GREEN, RED),
    4: (BLUE, WHITE, RED, GREEN),
    5: (RED, BLUE, GREEN, WHITE),
    6: (GREEN, WHITE, RED, BLUE),
    7: (WHITE, GREEN, BLUE, RED),
    8: (BLUE, RED, WHITE, GREEN),
}


def scene(corners, width, height):
    """A picture of four fields."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    for colour, rows, columns in zip(
        corners,
        (slice(top), slice(top), slice(top, None), slice(top, None)),
        (slice(left), slice(left, None), slice(left), slice(left, None)),
        strict=True,
    ):
        pixels[rows, columns] = colour
    return Image.fromarray(pixels)


def write(picture, image_format="JPEG", **options):
    file = io.BytesIO()
    picture.save(file, image_format, **options)
    return file.getvalue()


def corners_of(path):
    with Image.open(path) as picture:
        width, height = picture.size
        spots = [
            (width // 4, height // 4),
            (3 * width // 4, height // 4),
            (width // 4, 3 * height // 4),
            (3 * width // 4, 3 * height // 4),
        ]
        return [
            min(STORED[1], key=lambda c: sum(abs(a - b) for a, b in zip(c, p, strict=True)))
            for p in map(picture.getpixel, spots)
        ]


@pytest.mark.parametrize("orientation", STORED)
def test_thumbnails_stand_upright(orientation, tmp_path):
    width, height = (800, 400) if orientation < 5 else (400, 800)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    photo = write(scene(STORED[orientation], width, height), exif=exif)

    found = develop_photo(io.BytesIO(photo), tmp_path)

    assert (found.width, found.height, found.orientation) == (width, height, orientation)
    assert [(one.name, one.width, one.height) for one in found.thumbnails] == [
        ("thumbnail-150.jpg", 150, 75),
        ("thumbnail-300.jpg", 300, 150),
        ("thumbnail-500.jpg", 500, 250),
    ]
    assert corners_of(tmp_path / "thumbnail-150.jpg") == [RED, GREEN, BLUE, WHITE]


def test_a_thumbnail_is_never_larger_than_the_photo(tmp_path):
    found = develop_photo(io.BytesIO(write(scene(STORED[1], 200, 100), "PNG")), tmp_path)

    assert [(one.width, one.height) for one in found.thumbnails] == [(150, 75), (200, 100), (200, 100)]
    assert found.format == "PNG"


@pytest.mark.parametrize(
    ("references", "place"), [(("N", "E"), (47.5125, 8.75)), (("S", "W"), (-47.5125, -8.75))]
)
def test_the_place_is_read(references, place, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.IFD.GPSInfo] = {
        1: references[0],
        2: (47.0, 30.0, 45.0),
        3: references[1],
        4: (8.0, 45.0, 0.0),
    }
    photo = write(scene(STORED[1], 64, 64), exif=exif)

    found = develop_photo(io.BytesIO(photo), tmp_path)

    assert (found.latitude, found.longitude) == pytest.approx(place)


@pytest.mark.parametrize("latitude", [(91.0, 0.0, 0.0), (47.0, 30.0)])
def test_a_place_that_is_none_is_left_out(latitude, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: latitude, 3: "E", 4: (8.0, 45.0, 0.0)}

    found = develop_photo(io.BytesIO(write(scene(STORED[1], 64, 64), exif=exif)), tmp_path)

    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    ("mode", "image_format"),
    [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "GIF"), ("RGBA", "PNG"), ("LA", "PNG"), ("I;16", "PNG")],
)
def test_every_mode_of_colour_becomes_a_thumbnail(mode, image_format, tmp_path):
    if mode == "I;16":
        picture = Image.fromarray(np.full((90, 120), 40000, np.uint16))
    else:
        picture = Image.new("RGB", (120, 90), (156, 156, 156)).convert(mode)

    develop_photo(io.BytesIO(write(picture, image_format)), tmp_path)

    with Image.open(tmp_path / "thumbnail-150.jpg") as thumbnail:
        assert thumbnail.mode == "RGB"
        assert thumbnail.getpixel((60, 45)) == pytest.approx((156, 156, 156), abs=4)


def bomb():
    """A PNG of a few bytes that says that it has 60000 x 60000 pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        (b"", "unsupported_picture"),
        (b"GIF is not what this is", "unsupported_picture"),
        (write(Image.new("RGB", (8, 8)), "BMP"), "unsupported_picture"),
        (write(Image.new("RGB", (8, 8)), "TIFF"), "unsupported_picture"),
        (write(Image.effect_noise((300, 300), 90))[:4000], "damaged_picture"),
        (write(Image.effect_noise((300, 300), 90), "PNG")[:4000], "damaged_picture"),
        (bomb(), "too_many_pixels"),
    ],
)
def test_what_is_no_photo_is_refused(photo, code, tmp_path):
    with pytest.raises(BadInput) as refused:
        develop_photo(io.BytesIO(photo), tmp_path)

    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_photo_above_the_limit_is_refused_before_it_is_decoded(tmp_path):
    photo = write(scene(STORED[1], 100, 100), "PNG")

    with pytest.raises(BadInput, match="a photo of 100x100 has more than 9,999 pixels"):
        develop_photo(io.BytesIO(photo), tmp_path, pixels_limit=9_999)
