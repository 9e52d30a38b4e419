"""Pictures: every kind of file gives its stored pixels, or says in words what is wrong with it."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from pipelines.classify.picture import read_picture
from pipelines.errors import BadInput

FIELDS = [(220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)]  # of the corners, row by row


def scene(width=120, height=80):
    pixels = np.zeros((height, width, 3), np.uint8)
    for index, colour in enumerate(FIELDS):
        pixels[index // 2 * height // 2 :, index % 2 * width // 2 :] = colour
    return Image.fromarray(pixels)


def noise(width=300, height=200):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def written(picture, image_format, **options):
    file = io.BytesIO()
    picture.save(file, image_format, **options)
    return file.getvalue()


def png(width, height, depth, colour, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def deep_png(colour, *channels):
    """A row of pixels of 16 bits: black, a quarter, three quarters, white."""
    values = [struct.pack(">H", value) * channels[0] for value in (0, 0x4000, 0xC000, 0xFFFF)]
    return png(4, 1, 16, colour, b"\0" + b"".join(values))


def with_alpha(picture):
    """See-through nearly everywhere: what is under it is what counts."""
    picture.putalpha(3)
    return picture


def animated_webp():
    return written(scene(), "WEBP", save_all=True, append_images=[noise(120, 80)], lossless=True)


READABLE = {
    "jpeg": (lambda: written(scene(), "JPEG", quality=95), "JPEG"),
    "progressive": (lambda: written(scene(), "JPEG", quality=95, progressive=True), "JPEG"),
    "cmyk jpeg": (lambda: written(scene().convert("CMYK"), "JPEG", quality=95), "JPEG"),
    "mpo": (lambda: written(scene(), "MPO", quality=95, save_all=True, append_images=[noise()]), "JPEG"),
    "png": (lambda: written(scene(), "PNG"), "PNG"),
    "png with alpha": (lambda: written(with_alpha(scene()), "PNG"), "PNG"),
    "png of a palette": (lambda: written(scene().quantize(4), "PNG", transparency=0), "PNG"),
    "animated png": (lambda: written(scene(), "PNG", save_all=True, append_images=[noise(120, 80)]), "PNG"),
    "webp": (lambda: written(scene(), "WEBP", lossless=True), "WEBP"),
    "animated webp": (animated_webp, "WEBP"),
    "tiff": (lambda: written(scene(), "TIFF", compression="tiff_lzw"), "TIFF"),
    "tiff of many": (lambda: written(scene(), "TIFF", save_all=True, append_images=[noise()]), "TIFF"),
    "bigtiff": (lambda: written(scene(), "TIFF", big_tiff=True), "TIFF"),
    "bmp": (lambda: written(scene(), "BMP"), "BMP"),
}


@pytest.mark.parametrize("kind", READABLE)
def test_a_picture_of_any_kind_gives_its_pixels(kind):
    make, image_format = READABLE[kind]

    found = read_picture(io.BytesIO(make()))

    assert (found.format, found.width, found.height) == (image_format, 120, 80)
    assert found.pixels.shape == (80, 120, 3) and found.pixels.dtype == np.uint8
    corners = [found.pixels[row, column] for row in (20, 60) for column in (30, 90)]
    assert np.abs(np.array(corners, int) - FIELDS).max() <= 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "TIFF"])
def test_grey_becomes_three_equal_channels(image_format):
    found = read_picture(io.BytesIO(written(Image.new("L", (9, 5), 77), image_format))).pixels

    assert found.shape == (5, 9, 3)
    assert np.unique(found).tolist() == [77]


def test_black_and_white_are_0_and_255():
    picture = Image.fromarray(np.array([[True, False], [False, True]]))

    found = read_picture(io.BytesIO(written(picture, "TIFF"))).pixels

    assert found[..., 0].tolist() == [[255, 0], [0, 255]]


@pytest.mark.parametrize(
    "content",
    [deep_png(0, 1), deep_png(2, 3), deep_png(4, 2), deep_png(6, 4)],
    ids=["grey", "rgb", "grey with alpha", "rgb with alpha"],
)
def test_16_bits_are_scaled_and_not_cut(content):
    found = read_picture(io.BytesIO(content)).pixels

    assert found[0].tolist() == [[0] * 3, [64] * 3, [192] * 3, [255] * 3]


def test_a_picture_that_a_camera_turned_is_read_as_it_is_stored():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned, plain = (written(noise(), "JPEG", exif=one) for one in (exif, Image.Exif()))

    found = read_picture(io.BytesIO(turned))

    assert (found.width, found.height) == (300, 200)
    assert np.array_equal(found.pixels, read_picture(io.BytesIO(plain)).pixels)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_has_the_pixels_that_pillow_gives(options):
    content = written(noise(), "JPEG", quality=80, **options)

    found = read_picture(io.BytesIO(content)).pixels

    assert np.array_equal(found, np.asarray(Image.open(io.BytesIO(content))))


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
UNSUPPORTED = {
    "nothing": b"",
    "svg": SVG,
    "html": b"<!doctype html><title>404 Not Found</title>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
    "gif": written(scene(), "GIF"),
    "animated gif": written(scene(), "GIF", save_all=True, append_images=[noise(120, 80)]),
    "tiff of real numbers": written(Image.new("F", (9, 9)), "TIFF"),
    "tiff of Lab": written(Image.new("LAB", (9, 9)), "TIFF"),
    "zeros": bytes(5000),
}
DAMAGED = {
    "cut jpeg": written(noise(), "JPEG")[:9000],
    "cut progressive jpeg": written(noise(), "JPEG", progressive=True)[:9000],
    "jpeg without an end": written(noise(), "JPEG")[:-2],
    "jpeg of a header": written(noise(), "JPEG")[:20],
    "cut png": written(noise(), "PNG")[:9000],
    "png of a signature": b"\x89PNG\r\n\x1a\n",
    "png whose data are no data": png(60, 60, 8, 2, b"\0"),
    "cut webp": written(noise(), "WEBP")[:900],
    "cut tiff": written(noise(), "TIFF")[:9000],
    "tiff of a header": b"II*\0\x08\0\0\0",
    "tiff that points beyond its end": b"MM\0*\xff\xff\xff\xf0",
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_what_is_no_picture_is_unsupported(kind):
    with pytest.raises(BadInput) as refusal:
        read_picture(io.BytesIO(UNSUPPORTED[kind]))

    assert refusal.value.code == "unsupported_picture"
    assert refusal.value.message == "This file is not a supported image."


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_broken_picture_is_damaged_and_not_grey(kind):
    with pytest.raises(BadInput) as refusal:
        read_picture(io.BytesIO(DAMAGED[kind]))

    assert refusal.value.code == "damaged_picture"
    assert refusal.value.message == "The image is damaged or incomplete."


@pytest.mark.parametrize(
    ("content", "limits", "code", "message"),
    [
        (png(50_000, 50_000, 8, 2, b"\0"), {}, "too_many_pixels", "64000000 pixels."),
        (png(40_000, 4, 8, 2, b"\0"), {}, "too_many_pixels", "30000 pixels a side."),
        (png(9000, 9000, 8, 2, b"\0"), {}, "too_many_pixels", "64000000 pixels."),
        (written(noise(), "BMP"), {"bytes_limit": 9999}, "too_large", "9999 bytes."),
    ],
)
def test_a_picture_beyond_a_limit_is_refused_by_its_header(content, limits, code, message):
    with pytest.raises(BadInput) as refusal:
        read_picture(io.BytesIO(content), **limits)

    assert refusal.value.code == code
    assert refusal.value.message == f"This image is larger than the limit of {message}"


def test_a_large_picture_has_the_same_pixels_as_a_small_one(tmp_path, monkeypatch):
    content = written(noise(), "JPEG")
    plain = read_picture(io.BytesIO(content)).pixels
    monkeypatch.setattr("pipelines.classify.picture._ONCE_FROM", 0)

    found = read_picture(io.BytesIO(content)).pixels

    assert np.array_equal(found, plain)


WHOLE_PATH = """
import sys
from pathlib import Path
from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.features import describe
from pipelines.classify.network import Network
from pipelines.classify.picture import read_picture

picture = read_picture(Path(sys.argv[1]))
found = describe(picture.pixels, [0, 4000, 7999], [0, 4000, 7999], Network(bank_network(), BANK, device="cpu"))
peak_kb = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(*found.shape, int(peak_kb) // 1024)
"""


def test_64_megapixels_become_features_within_450_mb(tmp_path):
    path = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((8000, 8000)).convert("RGB").save(path)

    told = subprocess.run(
        [sys.executable, "-c", WHOLE_PATH, path], check=True, capture_output=True, text=True
    ).stdout

    points, length, peak_mb = map(int, told.split())
    assert (points, length) == (3, 164)
    assert peak_mb < 450
